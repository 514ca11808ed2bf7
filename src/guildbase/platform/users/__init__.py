"""Users and members, known from the first time that something is kept about them."""

from guildbase.core.feature import Feature
from guildbase.core.ports import Languages

feature = Feature(
    name="users",
    summary="Knows the people that the bot keeps something about, and their time zone, language and wish for messages.",
    category="Basics",
    requires=("guilds",),
    optional_intents=("members",),
    provides={Languages: "controller:UserController"},
)
