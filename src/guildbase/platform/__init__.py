"""Features that every other may lean on: guilds, users, telemetry."""
