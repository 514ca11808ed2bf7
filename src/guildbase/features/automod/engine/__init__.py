"""Judges a message by all rules of a guild at once; plain Python and RE2, without Discord or the database."""
