"""What a screen knows."""
