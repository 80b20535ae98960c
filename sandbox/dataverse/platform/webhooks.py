"""Which webhooks are registered, and what fires them?"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit
from uuid import uuid4

from sandbox.dataverse import organization
from sandbox.dataverse.columns import Reference, Value
from sandbox.dataverse.platform import part
from sandbox.dataverse.platform.dependencies import depended_on
from sandbox.dataverse.platform.part import Part
from sandbox.dataverse.problems import bad_value, not_imitated
from sandbox.dataverse.store import Row, Store
from sandbox.dataverse.table import Table

MESSAGES: Final = ("Create", "Update", "Delete")
"""Messages that every table has a filter for; steps can be registered for the first alone."""

WEBHOOK: Final = 8
"""Contract of a webhook."""

WEBHOOK_KEY: Final = 4
"""Authentication by `?code=`."""

_POST_OPERATION: Final = 40
_ASYNCHRONOUS: Final = 1
_PORTS: Final = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Registered:
    """One enabled step: `url` is where to, without the key."""

    step: Reference
    name: str
    url: str
    key: str | None

    @property
    def address(self) -> str:
        """The URL with the key as the query option `code`."""
        if self.key is None:
            return self.url
        return f"{self.url}{'&' if '?' in self.url else '?'}code={quote(self.key, safe='')}"


def registered(store: Store, table: str | None = None) -> list[Registered]:
    """The enabled steps on Create of a table, or of any table, in the order of their rank."""
    found: list[tuple[int, Registered]] = []
    for row in part.rows(store, "sdkmessageprocessingstep", statecode=0):
        message = part.row_of(store, "sdkmessagefilter", part.behind(row, "sdkmessagefilterid") or "")
        endpoint = part.row_of(store, "serviceendpoint", part.behind(row, "eventhandler") or "")
        if message is None or endpoint is None:
            continue
        if table not in {None, part.text_of(message, "primaryobjecttypecode")}:
            continue
        secret = part.row_of(store, "endpointsecret", endpoint.id)
        key = part.text_of(secret, "value") if secret else None
        rank = row.values["rank"]
        one = Registered(row.reference, part.text_of(row, "name"), part.text_of(endpoint, "url"), key)
        found.append((rank if isinstance(rank, int) else 0, one))
    return [one for _, one in sorted(found, key=lambda pair: pair[0])]


class Endpoints(Part):
    """A service endpoint is a webhook with a key; the key can be written and never read."""

    def creating(self, values: dict[str, Value]) -> None:
        """A name of its own, an address and a key."""
        part.required(values, "serviceendpoint", "name", "contract", "url", "authtype")
        self._check(values, None)
        row_id = values.setdefault("serviceendpointid", str(uuid4()))
        self._keep_secret(str(row_id), values)

    def updating(self, row: Row, changes: dict[str, Value]) -> None:
        """The same."""
        part.kept(row, changes, "serviceendpoint", "name", "contract", "url", "authtype")
        self._check(changes, row.id)
        self._keep_secret(row.id, changes)

    def deleting(self, row: Row) -> None:
        """Not while a step posts to it."""
        steps = part.rows(self.store, "sdkmessageprocessingstep", eventhandler=row.reference)
        if steps:
            raise depended_on("ServiceEndpoint", row.id, len(steps))

    def deleted(self, row: Row) -> None:
        """Its key goes along."""
        secret = part.row_of(self.store, "endpointsecret", row.id)
        if secret is not None:
            self.store.delete(secret)

    def _check(self, values: dict[str, Value], but: str | None) -> None:
        if values.get("contract", WEBHOOK) != WEBHOOK:
            raise not_imitated("service endpoints that are no webhooks")
        if values.get("authtype", WEBHOOK_KEY) != WEBHOOK_KEY:
            raise not_imitated("webhooks without WebhookKey authentication")
        if "name" in values:
            part.unique(self.store, "serviceendpoint", "name", values["name"], but)
        url = values.get("url")
        if isinstance(url, str):
            _refuse_address(url)

    def _keep_secret(self, row_id: str, values: dict[str, Value]) -> None:
        if "authvalue" not in values:
            return
        value = values.pop("authvalue")
        values["isauthvalueset"] = value is not None
        table = part.table(self.store, "endpointsecret")
        secret = self.store.get(table, row_id)
        if secret is not None:
            self.store.delete(secret)
        if value is not None:
            self.store.insert(table, {"endpointsecretid": row_id, "value": value}, part.SYSTEM)


def _refuse_address(url: str) -> None:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise bad_value("The URL of a webhook is not well formed.") from error
    if parts.scheme not in _PORTS or not host:
        raise bad_value("The URL of a webhook must begin with http:// or https:// and name a host.")
    # The real service takes these two ports alone; a sandbox's app listens on another one of this machine.
    if port not in {None, *_PORTS.values()} and not _of_this_machine(host):
        raise bad_value("Only port 80 and port 443 can be registered for a webhook.")


def _of_this_machine(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


class Steps(Part):
    """A step ties an endpoint to Create of one table, asynchronously after the operation."""

    def creating(self, values: dict[str, Value]) -> None:
        """An event handler, a message and a filter of that message."""
        part.required(
            values,
            "sdkmessageprocessingstep",
            "name",
            "stage",
            "mode",
            "rank",
            "supporteddeployment",
            "eventhandler",
            "sdkmessageid",
        )
        self._check(values)

    def updating(self, row: Row, changes: dict[str, Value]) -> None:
        """The same, of the step as it will be."""
        if set(changes) - {"statecode", "statuscode", "name", "description"}:
            self._check(dict(row.values) | changes)

    def _check(self, values: dict[str, Value]) -> None:
        if values["stage"] != _POST_OPERATION and values["mode"] == _ASYNCHRONOUS:
            raise bad_value("An asynchronous step must be registered in the stage PostOperation (40).")
        if values["mode"] != _ASYNCHRONOUS or values["supporteddeployment"] != 0:
            raise not_imitated("steps that are not asynchronous on the server")
        if values.get("configuration") is not None:
            raise bad_value("A step of a webhook takes no configuration.")
        if values.get("impersonatinguserid") is not None:
            raise not_imitated("steps that impersonate a user")
        message = part.row_of(self.store, "sdkmessage", _id(values["sdkmessageid"]))
        chosen = part.row_of(self.store, "sdkmessagefilter", _id(values.get("sdkmessagefilterid")))
        if message is None or part.text_of(message, "name") != MESSAGES[0]:
            raise not_imitated("steps on messages other than Create")
        if chosen is None:
            raise not_imitated("steps without a filter")
        if part.behind(chosen, "sdkmessageid") != message.id:
            raise bad_value("The filter of the step is not one of its message.", "0x80044182")
        if values.get("filteringattributes") is not None:
            raise bad_value("Filtering attributes do not apply to the message Create.")


def _id(value: Value) -> str:
    return value.id if isinstance(value, Reference) else ""


def message_id(message: str) -> str:
    """The id of a message."""
    return organization.component_id("message", message)


def filter_id(message: str, table: str) -> str:
    """The id of a message's filter for a table."""
    return organization.component_id("filter", f"{message}:{table}")


def plant(store: Store) -> None:
    """The messages."""
    for message in MESSAGES:
        store.insert(
            part.table(store, "sdkmessage"),
            {"sdkmessageid": message_id(message), "name": message},
            part.SYSTEM,
        )


def table_made(store: Store, table: Table) -> None:
    """Make a filter of each message for a table."""
    for message in MESSAGES:
        store.insert(
            part.table(store, "sdkmessagefilter"),
            {
                "sdkmessagefilterid": filter_id(message, table.name),
                "sdkmessageid": Reference("sdkmessage", message_id(message)),
                "primaryobjecttypecode": table.name,
                "secondaryobjecttypecode": "none",
            },
            part.SYSTEM,
        )


def table_gone(store: Store, name: str) -> list[Row]:
    """Take the filters of a table away, with the steps on them; gives those steps."""
    gone: list[Row] = []
    for one in part.rows(store, "sdkmessagefilter", primaryobjecttypecode=name):
        for step in part.rows(store, "sdkmessageprocessingstep", sdkmessagefilterid=one.reference):
            store.delete(step)
            gone.append(step)
        store.delete(one)
    return gone


def without_key(address: str) -> tuple[str, str | None]:
    """An address apart from the key in its query."""
    parts = urlsplit(address)
    options = parse_qsl(parts.query, keep_blank_values=True)
    key = next((value for name, value in options if name == "code"), None)
    rest = urlencode([(name, value) for name, value in options if name != "code"])
    return urlunsplit(parts._replace(query=rest)), key


def install(store: Store, table: str, address: str) -> None:
    """Register a webhook on Create of a table, as provisioning does."""
    url, key = without_key(address)
    values: dict[str, Value] = {
        "serviceendpointid": organization.component_id("endpoint", table),
        "name": "Sandbox intake",
        "contract": WEBHOOK,
        "url": url,
        "authtype": WEBHOOK_KEY,
        "authvalue": key,
    }
    Endpoints(store).creating(values)
    endpoint = store.insert(part.table(store, "serviceendpoint"), values, part.SYSTEM)
    step: dict[str, Value] = {
        "sdkmessageprocessingstepid": organization.component_id("step", table),
        "name": f"Sandbox intake: Create of {table}",
        "stage": _POST_OPERATION,
        "mode": _ASYNCHRONOUS,
        "rank": 1,
        "supporteddeployment": 0,
        "asyncautodelete": True,
        "eventhandler": endpoint.reference,
        "sdkmessageid": Reference("sdkmessage", message_id(MESSAGES[0])),
        "sdkmessagefilterid": Reference("sdkmessagefilter", filter_id(MESSAGES[0], table)),
    }
    Steps(store).creating(step)
    store.insert(part.table(store, "sdkmessageprocessingstep"), step, part.SYSTEM)
