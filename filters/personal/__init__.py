"""Personal data in texts: where it could stand, what is found there, and the checksums that prove it."""
