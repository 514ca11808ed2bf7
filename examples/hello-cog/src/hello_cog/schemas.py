"""What a server may set, and the shapes of the API's answers."""

from datetime import timedelta

from pydantic import BaseModel, Field

from guildbase.core.feature_settings import FeatureSettings
from guildbase.core.validators import Duration


class HelloSettings(FeatureSettings):
    """How the bot greets in a server."""

    greeting: str = Field(default="Hello", min_length=1, max_length=50, description="The word before the name.")
    cooldown: Duration = Field(
        default=timedelta(seconds=30), description="How long until somebody who says hello is greeted back again."
    )


class GreetingCount(BaseModel):
    """How often the bot has greeted."""

    count: int = Field(description="Greetings in this server since the bot started.", examples=[3])
