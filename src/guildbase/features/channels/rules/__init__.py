"""Pure decisions about channels: overwrites of a lockdown, filters of a purge, the gate, and rights."""
