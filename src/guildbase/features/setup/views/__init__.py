"""How the setup looks: its pages, the check, and what servers are told by themselves."""
