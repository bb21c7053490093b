"""The list engine, without a browser."""
