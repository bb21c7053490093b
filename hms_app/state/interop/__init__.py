"""What the screens of files in and out know."""
