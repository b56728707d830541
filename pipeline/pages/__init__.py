"""Pages for people: one file each, without a script, a font or a picture from elsewhere."""
