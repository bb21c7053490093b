"""Screens about background work."""
