"""Every store of the house, and all SQL."""
