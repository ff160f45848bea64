"""Lives recorded: each record judged, then written as an event."""
