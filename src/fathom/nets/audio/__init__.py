"""Nets for sound: from a log-mel spectrogram to classes, letters or moments."""
