"""EPCIS 2.0 events, GS1 keys, Digital Link, and the passport of a pack."""
