"""HTTP in and out: routes, wire forms, and the one table of errors."""
