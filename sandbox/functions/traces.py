"""Which W3C trace does an invocation belong to?"""

import re
import secrets

# https://www.w3.org/TR/trace-context/#traceparent-header, version 00; all-zero ids are invalid.
_TRACEPARENT = re.compile(r"00-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})")


def continue_trace(parent: str | None) -> str:
    """Make the traceparent of a new span.

    Args:
        parent: The traceparent that came with the request or message, if one did.

    Returns:
        A traceparent with a new span id; in the parent's trace when that is valid, else in a new trace.
    """
    span = secrets.token_hex(8)
    match = _TRACEPARENT.fullmatch(parent or "")
    if match is None:
        return f"00-{secrets.token_hex(16)}-{span}-01"
    return f"00-{match[1]}-{span}-{match[3]}"
