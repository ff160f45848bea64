"""Settings, wiring, processes and the `tiantou` command: the one place that knows everyone."""
