"""What `hms.py bench` can measure; each makes its own data in a database of its own."""
