"""The business logic of sign-ins, keys and security events."""

from guildbase.platform.accounts.controller.callers import CallerController
from guildbase.platform.accounts.controller.keys import KeyController
from guildbase.platform.accounts.controller.login import LoginController
from guildbase.platform.accounts.controller.people import WebUserController
from guildbase.platform.accounts.controller.security import SecurityController
from guildbase.platform.accounts.controller.servers import ServerController
from guildbase.platform.accounts.controller.sessions import SessionController
from guildbase.platform.accounts.controller.tokens import TokenController

__all__ = [
    "CallerController",
    "KeyController",
    "LoginController",
    "SecurityController",
    "ServerController",
    "SessionController",
    "TokenController",
    "WebUserController",
]
