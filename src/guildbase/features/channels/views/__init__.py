"""How the tools for channels look in Discord."""
