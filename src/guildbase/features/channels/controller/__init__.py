"""The business logic of the tools for channels, and the only writers of their tables."""
