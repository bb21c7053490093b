"""What the catalogue's screen knows."""
