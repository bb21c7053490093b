"""A record's rows as FHIR R4 resources, so that reading them again gives the same rows."""
