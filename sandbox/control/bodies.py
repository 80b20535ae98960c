"""How is the JSON body of a control request read, and what is said when it is no good?"""

from __future__ import annotations

import json
from typing import Any

from aiohttp import web


class Refused(ValueError):  # noqa: N818 - it names what happened to the input, as the answer does
    """Control input that is not understood; its text is the sentence the caller gets with a 400."""


async def json_object(request: web.Request) -> dict[str, Any]:
    """The body of `request` as a JSON object.

    Raises:
        Refused: the body is empty, no UTF-8, no JSON, or not an object.
    """
    raw = await request.read()
    if not raw.strip():
        raise Refused("The body is empty; a JSON object is expected.")
    try:
        value = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise Refused(f"The body is not JSON: {error}.") from error
    if not isinstance(value, dict):
        raise Refused(f"The body is JSON of type {type(value).__name__}; an object is expected.")
    return value
