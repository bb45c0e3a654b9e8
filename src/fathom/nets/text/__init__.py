"""Nets for text: classifiers, taggers, language models, encoder and decoder."""
