"""The gateway, version 10: sockets, sessions that outlive them, and which session hears of which event."""
