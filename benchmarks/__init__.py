"""Figures, printed with the sizes they hold for."""
