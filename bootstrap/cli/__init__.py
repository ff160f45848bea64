"""The `tiantou` command."""
