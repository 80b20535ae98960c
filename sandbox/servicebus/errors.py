"""How does the bus say no?"""

from __future__ import annotations


class BusError(Exception):
    """A refusal that the client is told, in the terms of AMQP.

    Attributes:
        condition: the symbol that SDKs map to their exception types.
        description: one sentence for people.
        status: the HTTP-like number that answers on management links carry.
    """

    def __init__(self, condition: str, description: str, status: int = 400) -> None:
        super().__init__(f"{condition}: {description}")
        self.condition = condition
        self.description = description
        self.status = status


def not_implemented(what: str) -> BusError:
    """Whatever the real service has and this one has not."""
    return BusError("amqp:not-implemented", f"The sandbox does not imitate {what}.", 501)


def lock_lost() -> BusError:
    """The lock is over, or the message is gone."""
    return BusError(
        "com.microsoft:message-lock-lost",
        "The lock supplied is invalid. Either the lock expired, or the message has already been removed.",
        410,
    )
