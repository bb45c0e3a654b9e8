"""Tasks on music, one a file, and what they share."""
