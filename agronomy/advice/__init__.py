"""Advice for one field: everything put together, kept in step with results."""
