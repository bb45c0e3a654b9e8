"""Tasks on texts, one a file, and what they share."""
