"""Who sees whom, where and when: what can be booked, whose time is free, appointments, and the day's queues.

Owns: bookable services, resources (practitioners, rooms, equipment) and their schedules, exceptions, appointments
with their reservations and changes, token sessions, queues.
Does not own: who the patient is (patients), practitioners and rooms themselves (organization), what happens in the
visit (clinical; an encounter names its appointment), codes of what can be sold (catalogue).
Invariants: a resource or a patient is reserved once at a time, except where somebody gave a reason to; an active timed
appointment has one reservation for its patient and one for each of its resources; a session gives out no more
numbers than it has.
"""
