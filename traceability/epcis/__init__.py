"""EPCIS 2.0 and CBV 2.0: events read, judged by themselves, hashed and asked for."""
