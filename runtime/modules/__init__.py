"""From an app's functions and its installed packages to the modules that its image is made of."""
