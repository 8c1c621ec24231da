"""Aggregation pipelines: stages compiled to functions over streams of documents."""
