"""Patients: the list, registration, and the frame of a record with what says who the patient is."""
