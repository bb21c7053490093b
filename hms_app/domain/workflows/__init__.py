"""Use cases that span domains, one file each.

Owns: the order of steps across domains.
Does not own: any table.
Invariants: each step is a domain's own use case, in the same transaction unless the file says why not.
"""
