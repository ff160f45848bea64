"""What is printed: PDF made from what was recorded, black on white, A4."""
