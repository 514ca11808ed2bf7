"""What tickets show."""
