"""The water of a field: crop, soil, balance, what sensors say of it."""
