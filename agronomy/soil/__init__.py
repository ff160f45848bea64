"""What laboratories and probes found in a field's soil."""
