"""The Admin API from the other side: what the command line asks of a server."""
