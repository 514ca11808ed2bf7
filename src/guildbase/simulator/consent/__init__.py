"""The page on which a person allows the application something by OAuth2, or adds its bot to a server."""
