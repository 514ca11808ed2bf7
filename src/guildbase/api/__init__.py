"""The FastAPI kit. Routes are found through the features' `api.py`; nothing here loads discord.py."""
