"""The version, written down: reading it from package metadata costs 40 ms at every start."""

VERSION = "1.0.0"
