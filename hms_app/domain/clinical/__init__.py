"""What happened to patients and what is known about their health.

Owns: encounters, conditions, allergies, medications, observations, procedures, immunizations, family
history, care plans, used devices and supplies, imaging studies, documents, the one timeline of them all, and the
vocabulary they use.
Does not own: who the patient is (patients), prices and bills (billing).
Invariants: a row's encounter belongs to the row's patient; what ends does not end before it begins.
"""
