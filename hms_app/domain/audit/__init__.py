"""The audit trail: who did or saw what, when, from where.

Owns: audit entries and the head of their hash chain.
Does not own: the decision what is worth an entry; each domain says so next to its change.
Invariants: entries are only ever added; their numbers have no gap; each carries the hash of the one before it.
"""
