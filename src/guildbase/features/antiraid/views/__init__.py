"""How raids look in Discord."""
