"""PDF as text: characters with their boxes → fragments → order → lines → paragraphs, one module a stage."""
