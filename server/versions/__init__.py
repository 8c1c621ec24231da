"""Versions of apps: what was uploaded, deployed, served before, and the way back to it."""
