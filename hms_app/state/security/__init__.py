"""What the sign-in and administration screens know."""
