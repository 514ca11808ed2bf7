"""The bots that are measured, each built the same way by every benchmark that uses it."""
