"""What screens about background work know."""
