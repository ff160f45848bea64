"""Messages in: receive, decode, resolve, check, batch, store, acknowledge."""
