"""Who may be in the register twice.

Owns: how alike two records are, the worklist of pairs and what was decided about each, the scan that fills it, the
look at the register before somebody is registered, merging two records into one and undoing that exactly.
Does not own: who a patient is and how the register is searched (patients); which patients are admitted (clinical).
Invariants: a merge moves every row that belongs to the patient, notes each, and gives back exactly these; a record is
merged into one in use, once at a time; what somebody decided about a pair no scan changes; nobody who is probably
registered already is registered again without a reason.
"""
