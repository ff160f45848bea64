"""Device models: one folder `<vendor>_<model>` each, with codec, examples and `model.toml`."""
