"""Measurements of Vestibule: one call, whole logins, deploying, memory. All ratios are within one run."""
