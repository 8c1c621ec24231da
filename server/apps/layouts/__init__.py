"""The layouts in which apps were exported over the years, turned into the current one and back without loss."""
