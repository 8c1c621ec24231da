"""Run function F for caller C: every call of a function comes through here."""
