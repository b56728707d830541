"""Indexes of evaluation sets, made from their repositories' files, so that what they ask is not trained on."""
