"""Copies of what the database holds, for quick reads; a change drops them by tag, in all processes."""

from guildbase.services.cache.codec import JsonCodec
from guildbase.services.cache.decorator import cached
from guildbase.services.cache.memory import MemoryCache
from guildbase.services.cache.service import CacheService, CacheStats, Codec

__all__ = ["CacheService", "CacheStats", "Codec", "JsonCodec", "MemoryCache", "cached"]
