"""The packaged schema history: one line of revisions that run on PostgreSQL and SQLite alike."""
