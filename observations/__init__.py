"""The shared vocabulary: what was measured, of what, when, and how good it is."""
