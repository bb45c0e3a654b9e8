"""Pictures: from files, tables and annotations to examples, and one picture to its pixels."""
