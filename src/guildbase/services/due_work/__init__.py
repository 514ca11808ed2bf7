"""Work that is due at a time: once, or again and again; done by whichever process is free, and never forgotten."""

from guildbase.services.due_work.controller import DueWork, NewItem
from guildbase.services.due_work.handlers import DueRun, GiveUp, Result, due, job
from guildbase.services.due_work.models import DueItem, DueState
from guildbase.services.due_work.settlement import NoLongerDue

__all__ = ["DueItem", "DueRun", "DueState", "DueWork", "GiveUp", "NewItem", "NoLongerDue", "Result", "due", "job"]
