"""How settings look in Discord, and the forms in which they are changed there."""
