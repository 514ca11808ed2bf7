from __future__ import annotations

from guildbase.services.pubsub import MemoryPubSub, Message


def test_messages_reach_the_subscribers_of_their_topic() -> None:
    pubsub, heard = MemoryPubSub(), list[tuple[str, Message]]()
    pubsub.subscribe("a", lambda message: heard.append(("first", message)))
    pubsub.subscribe("a", lambda message: heard.append(("second", message)))
    pubsub.subscribe("b", lambda message: heard.append(("other", message)))
    pubsub.publish("a", {"id": "1"})
    pubsub.publish("nobody", {"id": "2"})
    assert heard == [("first", {"id": "1"}), ("second", {"id": "1"})]


def test_ending_a_subscription_ends_that_one_and_may_be_repeated() -> None:
    pubsub, heard = MemoryPubSub(), list[str]()
    end = pubsub.subscribe("a", lambda _message: heard.append("first"))
    pubsub.subscribe("a", lambda _message: heard.append("second"))
    end()
    end()
    pubsub.publish("a", {})
    assert heard == ["second"]


def test_a_handler_that_fails_harms_nobody() -> None:
    pubsub, heard = MemoryPubSub(), list[str]()

    def fail(_message: Message) -> None:
        raise ValueError

    pubsub.subscribe("a", fail)
    pubsub.subscribe("a", lambda _message: heard.append("second"))
    pubsub.publish("a", {})
    assert heard == ["second"]


def test_a_handler_may_end_its_own_subscription() -> None:
    pubsub, heard = MemoryPubSub(), list[str]()

    def once(_message: Message) -> None:
        heard.append("once")
        end()

    end = pubsub.subscribe("a", once)
    pubsub.subscribe("a", lambda _message: heard.append("second"))
    pubsub.publish("a", {})
    pubsub.publish("a", {})
    assert heard == ["once", "second", "second"]
