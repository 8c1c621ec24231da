"""App Services' rules: who may see and change which documents. Pure, synchronous, and closed by default."""
