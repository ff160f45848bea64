"""The safety gate: may food be grown on this ground, and may this crop."""
