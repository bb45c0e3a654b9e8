"""Nets for tables: numbers with holes, and categories."""
