"""The HTTP API, version 10: one file of handlers per resource, and the router, forms and limits they share."""
