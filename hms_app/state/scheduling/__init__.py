"""What the screens of scheduling know."""
