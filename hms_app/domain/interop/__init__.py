"""Files in and out.

Owns: reading Synthea's CSV export into the hospital (who a row belongs to, what is wrong with it, what is new).
Does not own: the tables it fills (organization, patients, clinical).
Invariants: a row is taken over whole or not at all; the same file twice creates nothing the second time.
"""
