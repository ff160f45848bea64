"""Observations in an InfluxDB 2: line protocol in columns, Flux that reads only what it asks for."""
