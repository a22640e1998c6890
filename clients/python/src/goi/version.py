"""The package's version; the API is told it as the caller's name."""

__version__ = "0.1.0"
