"""Tasks on pictures, one a file, and what they share."""
