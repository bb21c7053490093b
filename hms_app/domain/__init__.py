"""What the hospital does: rules, tables, queries and use cases; imports no web framework."""
