"""What the clinical tabs of a patient's record know."""
