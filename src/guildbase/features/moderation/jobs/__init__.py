"""What moderation does at a time, one file for each topic."""

from guildbase.features.moderation.jobs.expiry import expire

__all__ = ["expire"]
