"""What the screens of the hospital's organization know."""
