"""The discord.py kit: client, message router, loader, error chain, executor of effects. It knows no feature by name."""
