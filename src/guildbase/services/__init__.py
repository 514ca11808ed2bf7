"""Infrastructure that every feature leans on, looked up by type: `services.get(CacheService)`."""
