"""Recordings: from files and transcripts to examples, and one recording to its samples and its spectrogram."""
