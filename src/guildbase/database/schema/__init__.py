"""The schema and its history: running revisions, writing them, and finding where a database differs."""
