"""What a server's admin sees: one folder a feature, strangers to each other."""
