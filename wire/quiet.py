"""Which loggers of libraries would write personal data or secrets, or far too much, and how are they kept quiet?"""

from __future__ import annotations

import logging
from typing import Final

TELLING: Final = ("httpx", "httpcore", "oauthlib")
"""`httpx` logs whole addresses at INFO, `httpcore` headers at DEBUG, `oauthlib` what it signs at DEBUG."""

CHATTY: Final = (
    "azure.servicebus",
    "azure.monitor.opentelemetry",
    "azure.core.pipeline.policies.http_logging_policy",
)
"""Harmless, but at INFO each link that opens or closes, and each request of the telemetry, would fill the log."""

TALKATIVE: Final = TELLING + CHATTY


def quiet_loggers() -> None:
    """Let the talkative libraries log warnings and worse only, whatever the root logger lets through.

    Called once by the composition root of each process. A logger that is already stricter stays so.
    """
    for name in TALKATIVE:
        logger = logging.getLogger(name)
        logger.setLevel(max(logger.level, logging.WARNING))
