"""What went into a step against what came out, in kg."""
