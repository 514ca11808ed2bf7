"""Leaderboards: the rank of every member of a guild by a number that the database holds."""

from guildbase.services.leaderboards.board import Board, Page, Place
from guildbase.services.leaderboards.service import Leaderboards

__all__ = ["Board", "Leaderboards", "Page", "Place"]
