"""How this process talks to the database: addresses, engines, sessions, time-outs, replicas, repeats."""
