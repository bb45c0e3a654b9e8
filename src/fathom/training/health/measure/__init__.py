"""What is measured of a net while it is trained, one thing a file; nothing here judges."""
