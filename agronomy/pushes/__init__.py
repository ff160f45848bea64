"""What a household is told, and when."""
