"""Photos of animals, steps and farms: what is kept of them, and when anyone may see them."""
