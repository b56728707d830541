"""What a page, its headers and its site say against use for training."""
