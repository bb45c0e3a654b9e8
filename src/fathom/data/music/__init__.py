"""Music: pieces as piano rolls, written as MIDI and as sound."""
