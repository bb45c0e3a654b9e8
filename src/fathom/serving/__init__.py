"""Local pages and services: what a run is looked at and used with, in a browser, on this machine alone."""
