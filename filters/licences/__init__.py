"""What a page says about its licence: every statement with its place, its subject and what it weighs."""
