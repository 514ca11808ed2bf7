"""`python -m guildbase` is the `guildbase` command."""

from guildbase.cli import main

if __name__ == "__main__":
    main()
