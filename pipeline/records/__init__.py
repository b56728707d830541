"""Records of scientific databases as texts worth reading: a module a format gives facts, a file of phrases tells it."""
