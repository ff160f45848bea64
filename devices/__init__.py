"""Which devices there are, what they wear or stand in and since when, and how their messages are read."""
