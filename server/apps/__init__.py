"""Apps: an exported app folder, read and checked as a whole, as frozen records."""
