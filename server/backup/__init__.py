"""Backups of a data directory: taken while it is served, checked before they are put back."""
