"""Plain Python that every layer may use; it imports no database, web or Discord library."""
