"""The Vestibule server: apps, identities, login, and the calls of app functions."""
