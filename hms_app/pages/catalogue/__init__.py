"""The catalogue: what can be booked, ordered and sold."""
