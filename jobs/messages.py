"""How do several doorbells, or several outcomes, share one message?"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence

from pydantic import BaseModel, ValidationError

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


def read_body[M: BaseModel](body: bytes, model: type[M]) -> tuple[list[M], str | None]:
    """What a message carries, and words for what in it could not be read, if anything.

    Each part is read for itself, so that one which another version wrote does not take its neighbours along.
    The words tell counts alone and repeat nothing of the text.
    """
    try:
        # Not pydantic's own, which refuses a whole text for half a surrogate pair in one of its parts.
        whole = json.loads(body)
    except (ValueError, RecursionError):
        whole = None
    parts = [json.dumps(part) for part in whole] if isinstance(whole, list) and whole else [body]
    read: list[M] = []
    faults = 0
    for part in parts:
        try:
            read.append(model.model_validate_json(part))
        except ValidationError as error:
            faults += error.error_count()
    return read, f"{faults} faults in a message of {len(body)} bytes" if faults else None
