"""Households, their farms, the enterprises that claim them, and who may see what."""
