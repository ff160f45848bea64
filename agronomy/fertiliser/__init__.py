"""What a crop is fed, and the lime beneath it."""
