"""Texts: sentences, pairs, running text and tags, and what they are cut into."""
