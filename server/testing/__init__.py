"""Runs the tests that authors write for their functions, each in a sandbox and on documents of its own."""
