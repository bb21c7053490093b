"""What the patient screens know."""
