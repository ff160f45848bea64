"""Fields: what grows in them and what their soil shows."""
