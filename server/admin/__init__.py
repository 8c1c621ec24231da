"""What administrators do with apps: log in, edit, deploy, look. Every door asks `access` first."""
