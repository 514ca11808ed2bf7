"""What the operator may see and do; each part looks after the whole installation."""

from guildbase.platform.operations.controller.errors import ErrorGroups
from guildbase.platform.operations.controller.health import HealthController
from guildbase.platform.operations.controller.processes import ProcessController
from guildbase.platform.operations.controller.servers import ServerController
from guildbase.platform.operations.controller.shards import ShardHistory
from guildbase.platform.operations.controller.work import WorkController

__all__ = ["ErrorGroups", "HealthController", "ProcessController", "ServerController", "ShardHistory", "WorkController"]
