"""The chat page: a person looks at the world in a browser, and acts in it by the same rules as scripted people."""
