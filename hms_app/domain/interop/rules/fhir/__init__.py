"""What FHIR R4 resources mean in this hospital's tables, and why some cannot be taken over."""
