"""The patient's own place."""
