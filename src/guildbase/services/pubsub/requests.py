"""Questions that one process asks another, such as the API the bot that has a guild, and their answers.

They travel as messages, so either may be lost: whoever asks waits for a time and then hears that there was no reply.
A question must therefore change nothing that may not be changed twice.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import structlog

from guildbase.core.errors import GuildbaseError, NoReply
from guildbase.core.i18n import _, marked, translated
from guildbase.core.ports import ErrorReport
from guildbase.services.container import BotServices
from guildbase.services.documents import BadMessage, from_document, to_document
from guildbase.services.errors import report
from guildbase.services.process import ProcessIdentity
from guildbase.services.pubsub.remote_errors import Refusal
from guildbase.services.pubsub.service import PubSub
from guildbase.services.pubsub.topics import Topic
from guildbase.services.shards import Shards

log = structlog.get_logger(__name__)

AskT = TypeVar("AskT")
AnswerT = TypeVar("AnswerT")

TIMEOUT = 2.0
"""Seconds that an answer may take, unless said otherwise."""
MAX_AT_ONCE = 100
"""Questions that a process works on at the same time; it does not answer more, and who asked hears that."""
HINT = marked("Try again in a moment. If it lasts, see whether the bot runs and reaches Redis.")


@dataclass(frozen=True, slots=True)
class Question(Generic[AskT, AnswerT]):
    """A name, the frozen dataclass of what is asked and that of the answer."""

    name: str
    ask: type[AskT]
    answer: type[AnswerT]


@dataclass(frozen=True, slots=True)
class Asked:
    """A question on its way."""

    question: str
    number: str
    reply_to: str
    document: Any


@dataclass(frozen=True, slots=True)
class Replied:
    """An answer on its way, or why there is none."""

    number: str
    document: Any = None
    refusal: Refusal | None = None


@dataclass(frozen=True, slots=True)
class _Answerer:
    question: Question[Any, Any]
    handler: Callable[[Any], Awaitable[Any]]


class Requests:
    """Asks and answers for this process."""

    def __init__(self, services: BotServices) -> None:
        self._services = services
        self._pubsub = services.get(PubSub)
        self._process = services.get(ProcessIdentity).id
        self._waiting: dict[str, asyncio.Future[Replied]] = {}
        self._answerers: dict[str, _Answerer] = {}
        self._working: set[asyncio.Task[None]] = set()
        self._take_no_more = self._pubsub.subscribe(_asked_of(self._process), self._take)
        self._pubsub.subscribe(_replies_to(self._process), self._settle)

    def answer(self, question: Question[AskT, AnswerT], handler: Callable[[AskT], Awaitable[AnswerT]]) -> None:
        """Answer the question in this process with what the handler returns; a later handler takes its place."""
        self._answerers[question.name] = _Answerer(question, handler)

    async def ask(
        self, question: Question[AskT, AnswerT], message: AskT, *, to: str, timeout: float = TIMEOUT
    ) -> AnswerT:
        """Return the answer of the process; what its handler refuses is raised here.

        Raises:
            NoReply: nothing came within `timeout` seconds, or the process cannot be reached.
        """
        if to != self._process and not (self._pubsub.is_shared and self._pubsub.is_live):
            raise NoReply(_("The process that was asked cannot be reached."), hint=translated(HINT))
        number, reply = secrets.token_hex(8), asyncio.get_running_loop().create_future()
        self._waiting[number] = reply
        try:
            document = to_document(question.ask, message)
            self._pubsub.publish(_asked_of(to), Asked(question.name, number, self._process, document))
            async with asyncio.timeout(timeout):
                replied: Replied = await reply
        except TimeoutError:
            raise NoReply(_("The process that was asked did not answer in time."), hint=translated(HINT)) from None
        finally:
            del self._waiting[number]
        return _content(question, replied)

    async def ask_each(
        self, question: Question[AskT, AnswerT], messages: Mapping[str, AskT]
    ) -> dict[str, AnswerT | None]:
        """Ask several processes at once, each its own message; None stands for one that gave no reply."""

        async def ask(process: str) -> AnswerT | None:
            try:
                return await self.ask(question, messages[process], to=process)
            except NoReply:
                return None

        return dict(zip(messages, await asyncio.gather(*map(ask, messages)), strict=True))

    async def ask_guild(
        self, question: Question[AskT, AnswerT], guild_id: int, message: AskT, *, timeout: float = TIMEOUT
    ) -> AnswerT:
        """Ask the bot process that has the guild.

        Raises:
            NoReply: no process has it now, or the one that has it did not answer.
        """
        owner = await self._services.get(Shards).owner_of(guild_id)
        if owner is None:
            raise NoReply(_("No running bot has this server now."), hint=translated(HINT))
        return await self.ask(question, message, to=owner, timeout=timeout)

    async def close(self) -> None:
        """Give up the questions that are being worked on, and take no more."""
        self._take_no_more()
        for task in tuple(self._working):
            task.cancel()
        await asyncio.gather(*self._working, return_exceptions=True)

    def _take(self, asked: Asked) -> None:
        answerer = self._answerers.get(asked.question)
        if answerer is None or len(self._working) >= MAX_AT_ONCE:
            reason = "no_handler" if answerer is None else "too_many"
            log.warning("question_not_taken", question=asked.question, reason=reason)
            refused = NoReply(_("The process that was asked does not answer this now."), hint=translated(HINT))
            self._reply(asked, Replied(asked.number, refusal=Refusal.of(refused)))
            return
        task = asyncio.create_task(self._work(answerer, asked), name=f"answer-{asked.question}")
        self._working.add(task)
        task.add_done_callback(self._working.discard)

    async def _work(self, answerer: _Answerer, asked: Asked) -> None:
        try:
            answer = await answerer.handler(from_document(answerer.question.ask, asked.document))
            self._reply(asked, Replied(asked.number, to_document(answerer.question.answer, answer)))
        except GuildbaseError as error:
            self._reply(asked, Replied(asked.number, refusal=Refusal.of(error)))
        except Exception as error:
            log.exception("question_failed", question=asked.question)
            error_id = report(self._services, error, ErrorReport("question", asked.question))
            told = GuildbaseError("Something went wrong on our side.", hint=f"Tell the operator this id: {error_id}")
            self._reply(asked, Replied(asked.number, refusal=Refusal.of(told)))

    def _reply(self, asked: Asked, replied: Replied) -> None:
        self._pubsub.publish(_replies_to(asked.reply_to), replied)

    def _settle(self, replied: Replied) -> None:
        reply = self._waiting.get(replied.number)
        if reply is None or reply.done():
            log.debug("reply_came_too_late", number=replied.number)
        else:
            reply.set_result(replied)


def _asked_of(process: str) -> Topic[Asked]:
    return Topic(f"asked:{process}", Asked)


def _replies_to(process: str) -> Topic[Replied]:
    return Topic(f"replies:{process}", Replied)


def _content(question: Question[Any, AnswerT], replied: Replied) -> AnswerT:
    if replied.refusal is not None:
        raise replied.refusal.error()
    try:
        return from_document(question.answer, replied.document)
    except BadMessage as error:
        log.warning("answer_not_understood", question=question.name, reason=str(error))
        raise NoReply(
            _("The process that was asked answered in another way than expected."), hint=translated(HINT)
        ) from None
