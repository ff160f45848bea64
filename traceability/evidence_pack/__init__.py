"""Evidence of one pack: what is public of its records, signed, so that anyone can check it without this service."""
