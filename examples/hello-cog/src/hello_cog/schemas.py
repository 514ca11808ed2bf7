"""The shapes of the API's answers."""

from pydantic import BaseModel, Field


class GreetingCount(BaseModel):
    """How often the bot has greeted."""

    count: int = Field(description="Greetings in this server since the bot started.", examples=[3])
