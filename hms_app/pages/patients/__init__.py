"""Patients: the list, and the record with its timeline and vital signs."""
