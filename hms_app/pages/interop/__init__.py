"""The screens of files in and out."""
