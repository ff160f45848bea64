"""The numbers the simulation is built on, each row with its source."""
