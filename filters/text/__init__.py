"""Texts as arrays: characters, words, lines, sentences, phrases, and the charset that they are read by."""
