"""Declarations of what functions find around them, for editors and type checkers."""
