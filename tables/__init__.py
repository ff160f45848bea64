"""Makers of the product's computed tables: run by hand beforehand, never while a page waits, never shipped."""
