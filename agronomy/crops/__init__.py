"""Crops and their varieties: what is known of each."""
