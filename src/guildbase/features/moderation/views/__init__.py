"""How moderation looks in Discord."""
