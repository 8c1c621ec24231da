"""Recordings of single calls: disguised, sealed, kept and opened again."""
