"""Any collection in: a file per kind of input, each turning its records into rows of `PAGE`, and what they share."""
