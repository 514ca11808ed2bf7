"""Support tickets from panels, with staff, forms, transcripts and figures."""

from guildbase.core.feature import Feature, MessageHandler

feature = Feature(
    name="tickets",
    summary="Support tickets from panels, with staff, forms, transcripts and figures.",
    category="Support",
    requires=("guilds", "users", "telemetry", "configuration"),
    intents=("guilds",),
    bot_permissions={
        "manage_channels": "to make the channels of tickets",
        "manage_roles": "to say who sees a ticket",
        "create_private_threads": "to make the threads of tickets",
        "send_messages_in_threads": "to answer in threads",
        "manage_threads": "to close threads",
        "embed_links": "to show panels and tickets",
        "attach_files": "to send transcripts",
        "read_message_history": "to keep transcripts",
    },
    # What is written in a ticket is kept, also of who is blocked from commands; the commands in it run after this.
    message_handlers=(MessageHandler("cog:keep_message", order=200, edits=True, sees_blocked=True),),
    settings="schemas:TicketSettings",
    sections=("controller:TicketsSection",),
)
