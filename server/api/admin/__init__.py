"""The Admin API: what administrators ask for over HTTP (contract 12)."""
