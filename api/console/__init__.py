"""Pages for signed-in enterprises."""
