"""The clinical tabs of a patient's record: history, visits, timeline, vital signs, documents."""
