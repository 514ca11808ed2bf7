"""Backups: made while the bot writes, encrypted, verified, and restored in drills."""
