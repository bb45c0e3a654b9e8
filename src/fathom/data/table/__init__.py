"""Tables: from files of any kind to rows, and what a cell holds."""
