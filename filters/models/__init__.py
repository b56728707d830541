"""Models by their files: fastText, KenLM and n-gram models, read without the libraries that wrote them."""
