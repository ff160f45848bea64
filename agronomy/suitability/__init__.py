"""How well crops suit a field."""
