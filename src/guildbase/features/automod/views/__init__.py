"""How automod looks in Discord."""
