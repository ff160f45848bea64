"""Message formats: bytes of one message to columns, or DecodeError; no I/O, no logging."""
