"""Guildbase: the base a Discord bot is built on."""

__version__ = "0.1.0"
