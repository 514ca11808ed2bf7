"""The prompt of the demo: pick who you are, type messages and slash commands, see what the bot answers."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable

from prompt_toolkit import PromptSession
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document
from prompt_toolkit.patch_stdout import patch_stdout
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from guildbase.cli.demo.run import FIRST_PERSON
from guildbase.cli.demo.screen import Screen
from guildbase.cli.demo.syntax import Declared, NotUnderstood, leaves, parse, usage
from guildbase.simulator import Person, ScriptedGuild, Simulator, SimulatorError
from guildbase.simulator.world.entities import ChannelType

CHAT_INPUT = 1
PIPE_PAUSE = 0.3  # seconds
HELP = (
    (":people", "who you can be"),
    (":be NAME", "be that person"),
    (":servers", "where you can go"),
    (":go SERVER [CHANNEL]", "go there"),
    (":dm TEXT", "write to the bot in private"),
    (":commands", "what the bot offers"),
    (":quit", "stop (or Ctrl-D)"),
)
LEAVING = (":quit", ":q", ":exit", "/quit", "/exit", "quit", "exit")
"""What people type to leave, whatever the prompt is made for otherwise."""


async def talk(discord: Simulator, console: Console) -> None:
    """Let a person talk to the bot until they quit; input from a pipe is read line by line."""
    conversation = Conversation(discord, console)
    console.print("Type a message, a /command, or [bold]:help[/bold]. Tab completes.")
    console.print(
        "Try [bold]/warn[/bold]; or be the owner ([bold]:be mara[/bold]) and try [bold]/setup[/bold] in the browser, "
        "or [bold]/config show[/bold] here.\n"
    )
    conversation.tell_place()
    watching = asyncio.create_task(Screen(discord, console).watch(conversation.is_mine), name="screen")
    try:
        async for line in _lines(conversation):
            if line.strip().lower() in LEAVING:
                break
            await conversation.take(line.strip())
    finally:
        watching.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await watching


async def _lines(conversation: Conversation) -> AsyncIterator[str]:
    if not sys.stdin.isatty():
        while line := await asyncio.to_thread(sys.stdin.readline):
            conversation.console.print(f"[dim]{escape(conversation.place)}>[/dim] {escape(line.strip())}")
            yield line
            # A pipe types faster than any person; a pause lets the answers come in order.
            await asyncio.sleep(PIPE_PAUSE)
        return
    session: PromptSession[str] = PromptSession(completer=Suggestions(conversation), complete_while_typing=True)
    with patch_stdout(raw=True), contextlib.suppress(EOFError, KeyboardInterrupt):
        while True:
            yield await session.prompt_async(lambda: f"{conversation.place}> ")


class Conversation:
    """Who the person is, where they are, and what their lines do."""

    def __init__(self, discord: Simulator, console: Console) -> None:
        self.console = console
        self._discord = discord
        self._guilds = [discord.guild(guild.name) for guild in discord.world.guilds.values()]
        self._guild = self._guilds[0]
        self._channel = "general"
        self._name = FIRST_PERSON
        self._actions: dict[str, Callable[[str], Awaitable[None] | None]] = {
            "help": self._help,
            "people": self._people,
            "be": self._be,
            "servers": self._servers,
            "go": self._go,
            "dm": self._dm,
            "commands": self._commands,
        }

    @property
    def person(self) -> Person:
        """The person as a member of the present server."""
        return self._guild.member(self._name)

    @property
    def place(self) -> str:
        """Who and where, for the prompt."""
        return f"{self._name} in {self._guild.name} #{self._channel}"

    def is_mine(self, user_id: int) -> bool:
        """Tell whether the user is the person at the prompt."""
        return user_id == self.person.id

    def tell_place(self) -> None:
        """Say who and where the person is."""
        roles = ", ".join(self.person.roles) or "no roles"
        self.console.print(f"You are [bold]{escape(self.place)}[/bold] ({escape(roles)}).")

    def commands(self) -> dict[str, Declared]:
        """Return what the bot has registered here, by name."""
        registered = self._discord.world.commands
        found = [*registered.get(None, {}).values(), *registered.get(self._guild.id, {}).values()]
        return {command.name: command.options for command in found if command.type == CHAT_INPUT}

    def people(self) -> list[str]:
        """Return the names of the people in the present server."""
        users = self._discord.world.users
        return sorted(users[user_id].username for user_id in self._guild.guild.members if not users[user_id].bot)

    def places(self) -> Iterable[tuple[ScriptedGuild, list[str]]]:
        """Yield the servers with their text channels."""
        for guild in self._guilds:
            yield guild, [it.name for it in guild.guild.channels.values() if it.type == ChannelType.TEXT]

    async def take(self, line: str) -> None:
        """Do what the line says, or say why not."""
        try:
            if line.startswith(":"):
                await self._meta(line[1:])
            elif line.startswith("/"):
                wanted = parse(line, self.commands())
                await self.person.slash(wanted.command, in_channel=self._channel, **wanted.values)
            elif line:
                await self.person.says(line, channel=self._channel)
        except (NotUnderstood, SimulatorError) as error:
            self.console.print(f"[red]{escape(str(error))}[/red]")

    async def _meta(self, line: str) -> None:
        word, _, rest = line.partition(" ")
        action = self._actions.get(word)
        if action is None:
            raise NotUnderstood("There is no such thing to do. :help lists all.")
        done = action(rest.strip())
        if done is not None:
            await done

    def _help(self, _rest: str) -> None:
        self._table(HELP)
        self.console.print("All else is said in the channel; /NAME uses a command, for example /status")

    def _people(self, _rest: str) -> None:
        self._table((name, ", ".join(self._guild.member(name).roles)) for name in self.people())

    def _servers(self, _rest: str) -> None:
        self._table((guild.name, " ".join(f"#{name}" for name in channels)) for guild, channels in self.places())

    def _commands(self, _rest: str) -> None:
        self._table((usage(name, options), "") for name, options in leaves(self.commands()))

    def _be(self, rest: str) -> None:
        name = rest.removeprefix("@").lower()
        if name not in self.people():
            raise NotUnderstood(f"Nobody here has that name. There are {', '.join(self.people())}.")
        self._name = name
        self.tell_place()

    def _go(self, rest: str) -> None:
        wanted, _, channel = rest.lower().partition("#")
        wanted = wanted.strip()
        for guild, channels in self.places():
            if guild.name.lower().startswith(wanted) and (not channel or channel in channels):
                self._guild, self._channel = guild, channel or channels[0]
                self.tell_place()
                return
        raise NotUnderstood("There is no such place. :servers lists all; write :go SERVER #CHANNEL.")

    async def _dm(self, rest: str) -> None:
        await self.person.sends_dm(rest)

    def _table(self, rows: Iterable[tuple[str, str]]) -> None:
        table = Table(box=None, show_header=False, pad_edge=False)
        for left, right in rows:
            table.add_row(f"[bold]{escape(left)}[/bold]", escape(right))
        self.console.print(table)


class Suggestions(Completer):
    """Completes commands, their options, people and places."""

    def __init__(self, conversation: Conversation) -> None:
        self._conversation = conversation

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterable[Completion]:
        """Yield what the text so far may become."""
        text = document.text_before_cursor
        if not text.startswith(("/", ":")):
            return
        for whole in self._candidates(text):
            if whole.lower().startswith(text.lower()) and whole != text:
                yield Completion(whole, start_position=-len(text))

    def _candidates(self, text: str) -> Iterable[str]:
        if text.startswith(":be"):
            return [f":be {name}" for name in self._conversation.people()]
        if text.startswith(":go"):
            return [f":go {guild.name} #{name}" for guild, names in self._conversation.places() for name in names]
        if text.startswith(":"):
            return [form.split()[0] for form, _ in HELP]
        return self._slash(text)

    def _slash(self, text: str) -> Iterable[str]:
        head, _, word = text.rpartition(" ")
        for name, options in leaves(self._conversation.commands()):
            if not text.startswith(f"/{name} "):
                yield f"/{name}"
                continue
            for option in options:
                if word.startswith(f"{option['name']}:"):
                    if option["type"] == 6:
                        yield from (f"{head} {option['name']}:{one}" for one in self._conversation.people())
                elif f"{option['name']}:" not in text:
                    yield f"{head} {option['name']}:"
