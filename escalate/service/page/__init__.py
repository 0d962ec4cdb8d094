"""The page of a conference."""
