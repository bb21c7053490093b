"""The hospital itself: its settings, departments, rooms, practitioners, payers, and organizations it knows.

Owns: hospital, organization, department, room, practitioner, payer.
Does not own: users (security), availability of practitioners (scheduling), coverage of patients (patients).
Invariants: there is one hospital; codes and registration numbers are unique; what others refer to is closed,
never deleted.
"""
