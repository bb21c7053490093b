"""An open, self-hosted hospital management system."""
