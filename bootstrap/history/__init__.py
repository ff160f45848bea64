"""Readings of the past, from tables in files, through the same checks as live messages."""
