"""How reports and appeals look and what their buttons do."""
