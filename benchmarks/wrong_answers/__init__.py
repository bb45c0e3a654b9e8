"""Answers that are wrong, written blindly, and what the course says to them."""
