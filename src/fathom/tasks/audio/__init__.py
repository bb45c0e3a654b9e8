"""Tasks on recordings, one a file, and what they share."""
