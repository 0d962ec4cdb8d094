"""The knowledge base under review. Reads any room; nothing imports it."""
