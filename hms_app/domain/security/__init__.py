"""Who may come in, and what they may do.

Owns: users, roles and their permissions, sessions, passwords, second factors, invitations, notices, the set-up code.
Does not own: what a permission lets a person see (each domain's queries), patients' and practitioners' records.
Invariants: only hashes of tokens, codes and passwords are stored; a right that was taken away bites at once;
at least one active administrator remains.
"""
