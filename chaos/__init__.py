"""Breaks on purpose what must not lose a reading: processes killed, power cut, the store away; then counts."""
