"""Runs untrusted functions in WebAssembly: images, fresh instances, host calls; usable without the server."""
