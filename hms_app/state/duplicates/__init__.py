"""What the screens about likely duplicates know."""
