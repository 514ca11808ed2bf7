"""Random requests made from Discord's description of its API, well-formed and broken, always the same for a seed."""
