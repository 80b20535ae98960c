"""How is a Service Bus part started with a key of its own? `python -m tests.strangers.keyed_bus KEY OPTION...`."""

from __future__ import annotations

import sys

from sandbox.servicebus import tokens
from sandbox.servicebus.__main__ import main

if __name__ == "__main__":
    key, *rest = sys.argv[1:]
    keys = tokens.SANDBOX_KEYS
    assert isinstance(keys, dict)
    keys["sandbox"] = key
    sys.exit(main(rest))
