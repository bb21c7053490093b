"""What the patient's own screens know."""
