"""Says of an export, before it is deployed, what of it will run here, what will not, and why."""
