"""How do several doorbells, or several outcomes, share one message?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from jobs.sizes import IN_ONE_MESSAGE, MESSAGE_LENGTH


def message_body(texts: Sequence[str]) -> str:
    """One JSON object is a message as it is; several are an array. Whoever reads takes both."""
    return texts[0] if len(texts) == 1 else f"[{','.join(texts)}]"


def packed[T](things: Iterable[T], text: Callable[[T], str]) -> Iterator[list[T]]:
    """What goes into each message: few messages, in order, none larger than the sizes allow unless one thing is."""
    some: list[T] = []
    length = 0
    for thing in things:
        if some and (len(some) == IN_ONE_MESSAGE or length + len(text(thing)) > MESSAGE_LENGTH):
            yield some
            some, length = [], 0
        some.append(thing)
        length += len(text(thing))
    if some:
        yield some
