"""Which control routes does the Dataverse part have of its own?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

from aiohttp import web

from sandbox.control import Refused, json_object
from sandbox.dataverse import organization
from sandbox.dataverse.engine import Engine
from sandbox.dataverse.platform.webhooks import registered
from sandbox.dataverse.protection import Protection
from sandbox.dataverse.tokens import Tokens
from sandbox.dataverse.webhook import Webhook


@dataclass(frozen=True, slots=True)
class Latency:
    """Seconds that a request and each part of a batch take; counted as execution time."""

    request: float = 0.0
    part: float = 0.0


class Switchboard:
    """Tokens, and what can be seen and set of webhooks, limits and metadata.

    Attributes:
        engine: the one that answers; another one after everything was reset.
        latency: how long requests take.
    """

    def __init__(
        self, engine: Engine, tokens: Tokens, webhook: Webhook, protection: Protection, latency: Latency
    ) -> None:
        self.engine = engine
        self.latency = latency
        self._tokens = tokens
        self._webhook = webhook
        self._protection = protection

    def install(self, app: web.Application) -> None:
        """Add the routes to an application."""
        app.router.add_post("/_sandbox/token", self._post_token)
        app.router.add_post("/_sandbox/token/expire", self._post_expire)
        app.router.add_get("/_sandbox/webhook", self._get_webhook)
        app.router.add_post("/_sandbox/webhook", self._post_webhook)
        app.router.add_get("/_sandbox/limits", self._get_limits)
        app.router.add_post("/_sandbox/limits", self._post_limits)
        app.router.add_get("/_sandbox/metadata", self._get_metadata)
        app.router.add_post("/_sandbox/metadata", self._post_metadata)

    async def _post_token(self, request: web.Request) -> web.Response:
        given = await json_object(request) if request.can_read_body else {}
        user = given.get("user", organization.APPLICATION)
        if not isinstance(user, str) or not user:
            raise Refused("'user' must be the name of a user.")
        return web.json_response(asdict(self._tokens.issue(user)))

    async def _post_expire(self, _request: web.Request) -> web.Response:
        return web.json_response({"revoked": self._tokens.revoke_all()})

    async def _get_webhook(self, _request: web.Request) -> web.Response:
        steps = registered(self.engine.store)
        return web.json_response(self._webhook.as_json(steps[0].url if steps else None))

    async def _post_webhook(self, request: web.Request) -> web.Response:
        given = _checked(await json_object(request), _WEBHOOK)
        if "url" in given:
            given["moved"] = True
        self._webhook.switches = replace(self._webhook.switches, **given)
        return await self._get_webhook(request)

    async def _get_limits(self, _request: web.Request) -> web.Response:
        latency = {f"{name}_latency": seconds for name, seconds in asdict(self.latency).items()}
        shown = asdict(self._protection.limits) | latency | {"used": self._protection.as_json()}
        return web.json_response(shown)

    async def _post_limits(self, request: web.Request) -> web.Response:
        given = _checked(await json_object(request), _LIMITS)
        latency = {
            name: given.pop(f"{name}_latency") for name in ("request", "part") if f"{name}_latency" in given
        }
        self._protection.limits = replace(self._protection.limits, **given)
        self.latency = replace(self.latency, **latency)
        return await self._get_limits(request)

    async def _get_metadata(self, _request: web.Request) -> web.Response:
        return web.json_response(asdict(self.engine.metadata.switches))

    async def _post_metadata(self, request: web.Request) -> web.Response:
        for name, value in _checked(await json_object(request), _METADATA).items():
            setattr(self.engine.metadata.switches, name, value)
        return await self._get_metadata(request)


_WEBHOOK: Final[Mapping[str, tuple[type, ...]]] = {
    "url": (str, type(None)),
    "lose": (int,),
    "duplicate": (int,),
    "delay": (int, float),
}
_LIMITS: Final[Mapping[str, tuple[type, ...]]] = {
    "requests": (int,),
    "window": (int, float),
    "concurrency": (int,),
    "seconds": (int, float),
    "request_latency": (int, float),
    "part_latency": (int, float),
}
_METADATA: Final[Mapping[str, tuple[type, ...]]] = {
    "index_seconds": (int, float),
    "fail_next_index": (int,),
    "stale_seconds": (int, float),
}


def _checked(given: Mapping[str, Any], known: Mapping[str, tuple[type, ...]]) -> dict[str, Any]:
    for name, value in given.items():
        if name not in known:
            raise Refused(f"Unknown member {name!r}; known are {', '.join(sorted(known))}.")
        if type(value) not in known[name] or (isinstance(value, int | float) and value < 0):
            raise Refused(f"{name!r} does not take this value.")
    return dict(given)
