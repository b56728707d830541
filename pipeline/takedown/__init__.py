"""Documents that are taken down: what that reaches, and how it is done."""
