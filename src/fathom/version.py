"""The version, apart, so that any floor can say it."""

__version__ = "0.1.0"
