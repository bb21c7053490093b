"""The HTTP edge: the same use cases as the screens, over plain routes."""
