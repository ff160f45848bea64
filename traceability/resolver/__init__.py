"""The links of a GS1 key, and which of them answers a request."""
