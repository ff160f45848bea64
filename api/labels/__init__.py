"""Labels for packs: what stands on them, where, and as SVG or PDF."""
