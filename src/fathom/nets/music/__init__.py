"""Nets for music: piano rolls and events."""
