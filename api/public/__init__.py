"""Pages for anyone: no login, and no way to a household."""
