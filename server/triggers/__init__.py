"""Triggers: what happened becomes events in the transaction of its cause, and events become runs."""
