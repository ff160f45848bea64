"""What a household is handed: one sheet of paper, its messages, and the address of the newest sheet."""
