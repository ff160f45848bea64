"""Observation stores: ClickHouse (embedded chDB or a server), in memory."""
