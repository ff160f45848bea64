"""Animals and their archive: growth, distance walked, calm days."""
