"""Goi's shared layer: pure rules (`domain`), use cases (`service`) and the outside world (`adapters`)."""
