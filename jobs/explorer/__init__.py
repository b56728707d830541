"""A run in the browser: a server on loopback, and the pages that it gives."""
