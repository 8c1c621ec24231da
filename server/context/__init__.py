"""What a guest may ask of the server: its capabilities, one file each."""
