"""The HTTP API, version 1: bytes in, the same answers that the command line prints out."""
