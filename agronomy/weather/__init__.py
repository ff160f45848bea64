"""Days of weather, climates, and what the air takes up of water."""
