"""Who the patients are.

Owns: identity, medical record numbers, further identifiers, contacts, addresses, relations, coverage, and the
search by any of them.
Does not own: what happened to a patient (clinical), who pays in general (organization), appointments, bills.
Invariants: a medical record number is unique and carries its check digit; an identifier is unique per type and
issuer; every patient is found by exactly the search keys that `rules.search_keys` makes; nothing is deleted.
"""
