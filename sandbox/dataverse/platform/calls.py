"""Which actions, functions and associations do the platform's tables have?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from http import HTTPStatus
from types import MappingProxyType
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from sandbox.dataverse import languages
from sandbox.dataverse.addresses import Segment, segments
from sandbox.dataverse.columns import Reference
from sandbox.dataverse.exchange import Answer, Request, empty_answer, json_answer
from sandbox.dataverse.platform import part, publishing
from sandbox.dataverse.platform.access import Access
from sandbox.dataverse.platform.labels import Labels
from sandbox.dataverse.platform.listing import listed, single
from sandbox.dataverse.platform.publishing import PUBLISHABLE, Unpublished
from sandbox.dataverse.platform.roles import RolePrivileges
from sandbox.dataverse.problems import Problem, bad_payload, bad_query, not_imitated, row_missing
from sandbox.dataverse.rules import Action
from sandbox.dataverse.store import Row, Store
from sandbox.dataverse.table import Table

_NAMESPACE = "Microsoft.Dynamics.CRM."
_USER_ROLES = "systemuserroles_association"
_REF = "$ref"

_COLLECTIONS: Final[Mapping[tuple[str, str], tuple[str, str]]] = {
    ("serviceendpoint", "serviceendpoint_sdkmessageprocessingstep"): (
        "sdkmessageprocessingstep",
        "eventhandler",
    ),
    ("solution", "solution_solutioncomponent"): ("solutioncomponent", "solutionid"),
    ("publisher", "publisher_solution"): ("solution", "publisherid"),
    ("sdkmessage", "sdkmessageid_sdkmessagefilter"): ("sdkmessagefilter", "sdkmessageid"),
}
"""Rows that point at a row, by its table and the navigation property: their table, and the column that points."""


@dataclass(frozen=True, slots=True)
class _Call:
    request: Request
    parts: Sequence[Segment]
    options: Mapping[str, str]
    body: Mapping[str, Any]
    by: Reference


class Calls:
    """Answers what is neither rows of a set nor metadata."""

    def __init__(self, store: Store, access: Access) -> None:
        self._store = store
        self._access = access
        self._privileges = RolePrivileges(store, access)

    def answer(
        self,
        request: Request,
        parts: Sequence[Segment],
        options: Mapping[str, str],
        body: Mapping[str, Any] | None,
        by: Reference,
    ) -> Answer | None:
        """The answer, or None for what is not of the platform's tables.

        Raises:
            Problem: it is, and is refused.
        """
        call = _Call(request, parts, options, body or {}, by)
        first = parts[0].name.removeprefix(_NAMESPACE)
        if len(parts) == 1:
            return self._unbound(call, first)
        table = self._store.schema.by_set.get(parts[0].name)
        if table is None or not table.served:
            return None
        if parts[0].id is None:
            return self._of_set(call, table)
        name = parts[1].name.removeprefix(_NAMESPACE)
        if table.name == "role" and name in _ROLE_CALLS:
            return self._role(call, name)
        if name == "RetrieveUnpublished" and table.name in PUBLISHABLE:
            return self._unpublished(call, table)
        if (table.name, name) in {("systemuser", _USER_ROLES), ("role", _USER_ROLES)}:
            return self._user_roles(call, table)
        if (table.name, name) in _COLLECTIONS or (table.name, name) == ("role", "roleprivileges_association"):
            return self._behind(call, table, name)
        return None

    # --- without a row --------------------------------------------------------------------------------------

    def _unbound(self, call: _Call, name: str) -> Answer | None:
        match name:
            case "RetrieveProvisionedLanguages":
                _only(call, "GET")
                told = {
                    "@odata.context": f"{call.request.root}$metadata#{_NAMESPACE}{name}Response",
                    name: list(languages.PROVISIONED),
                }
                return json_answer(HTTPStatus.OK, told)
            case "PublishXml":
                self._customizing(call)
                publishing.publish(self._store, call.body.get("ParameterXml"))
            case "PublishAllXml":
                self._customizing(call)
                publishing.publish_all(self._store)
            case "SetLocLabels":
                self._customizing(call)
                Labels(self._store).set(call.body)
            case _:
                return None
        return empty_answer(HTTPStatus.NO_CONTENT)

    def _customizing(self, call: _Call) -> None:
        _only(call, "POST")
        self._access.customizer(call.by)

    def _of_set(self, call: _Call, table: Table) -> Answer | None:
        name = call.parts[1].name.removeprefix(_NAMESPACE)
        if name != "RetrieveUnpublishedMultiple" or table.name not in PUBLISHABLE:
            return None
        _only(call, "GET")
        self._access.allowed(call.by, Action.READ, table)
        rows = [self._current(row) for row in self._store.rows(table)]
        return listed(self._store, call.request, call.options, table, rows)

    # --- behind a row ---------------------------------------------------------------------------------------

    def _row(self, call: _Call, table: Table) -> Row:
        row = self._store.get(table, call.parts[0].id or "")
        if row is None:
            raise row_missing(table.name, call.parts[0].id or "")
        return row

    def _role(self, call: _Call, name: str) -> Answer:
        role = self._row(call, part.table(self._store, "role"))
        if name == "RetrieveRolePrivilegesRole":
            _only(call, "GET")
            self._access.allowed(call.by, Action.READ, role.table)
            told = {
                "@odata.context": f"{call.request.root}$metadata#{_NAMESPACE}{name}Response",
                "RolePrivileges": self._privileges.told(role),
            }
            return json_answer(HTTPStatus.OK, told)
        self._customizing(call)
        match name:
            case "AddPrivilegesRole":
                self._privileges.add(role, call.body)
            case "ReplacePrivilegesRole":
                self._privileges.replace(role, call.body)
            case _:
                self._privileges.remove(role, call.body)
        return empty_answer(HTTPStatus.NO_CONTENT)

    def _unpublished(self, call: _Call, table: Table) -> Answer:
        _only(call, "GET")
        self._access.allowed(call.by, Action.READ, table)
        return single(self._store, call.request, call.options, self._current(self._row(call, table)))

    def _current(self, row: Row) -> Row:
        return replace(row, values=MappingProxyType(dict(row.values) | Unpublished(self._store).of(row)))

    def _behind(self, call: _Call, table: Table, name: str) -> Answer:
        if len(call.parts) > 2 or not call.parts[1].plain:
            raise not_imitated(f"paths below {name}")
        if call.request.method != "GET":
            raise not_imitated(f"writing {name}")
        row = self._row(call, table)
        if name == "roleprivileges_association":
            other = part.table(self._store, "privilege")
            rows = [privilege for privilege, _ in self._access.held(row.reference)]
        else:
            of, column = _COLLECTIONS[table.name, name]
            other, rows = part.table(self._store, of), part.rows(self._store, of, **{column: row.reference})
        self._access.allowed(call.by, Action.READ, table)
        self._access.allowed(call.by, Action.READ, other)
        return listed(self._store, call.request, call.options, other, rows)

    # --- users and their roles ------------------------------------------------------------------------------

    def _user_roles(self, call: _Call, table: Table) -> Answer:
        row = self._row(call, table)
        other = part.table(self._store, "role" if table.name == "systemuser" else "systemuser")
        if len(call.parts) == 2 and call.parts[1].plain:
            _only(call, "GET")
            self._access.allowed(call.by, Action.READ, table)
            self._access.allowed(call.by, Action.READ, other)
            return listed(self._store, call.request, call.options, other, self._associated(row, other))
        if len(call.parts) != 3 or call.parts[2].name != _REF:
            raise not_imitated(f"paths below {_USER_ROLES}")
        self._access.customizer(call.by)
        if call.request.method == "POST" and call.parts[1].plain:
            self._access.assign(*_user_first(row, self._named(call, call.body.get("@odata.id"), other)))
        elif call.request.method == "DELETE":
            self._access.take(*_user_first(row, self._disassociated(call, other)))
        else:
            raise _method(call)
        return empty_answer(HTTPStatus.NO_CONTENT)

    def _associated(self, row: Row, other: Table) -> list[Row]:
        if other.name == "role":
            wanted = {role.id for role in self._access.roles(row.reference)}
        else:
            users = part.rows(self._store, "systemuserroles", roleid=row.reference)
            wanted = {part.behind(user, "systemuserid") or "" for user in users}
        return [one for one in self._store.rows(other) if one.id in wanted]

    def _disassociated(self, call: _Call, other: Table) -> Row:
        if call.parts[1].id is None:
            return self._named(call, call.options.get("$id"), other)
        row = self._store.get(other, call.parts[1].id)
        if row is None:
            raise row_missing(other.name, call.parts[1].id)
        return row

    def _named(self, call: _Call, url: object, other: Table) -> Row:
        if not isinstance(url, str):
            raise bad_payload("A reference must give the URL of one row as '@odata.id'.")
        base = urlsplit(call.request.root).path
        path = urlsplit(unquote(url)).path
        # Unlike an @odata.bind, a reference is an absolute URL; what is relative belongs to no service.
        if not url.startswith(("http://", "https://")):
            raise bad_payload("The URI of a reference must be absolute.")
        parts = segments(path.removeprefix(base)) if path.startswith(base) else ()
        if len(parts) != 1 or parts[0].name != other.set_name or parts[0].id is None:
            raise bad_query(f"'{url}' is not the URL of a row of {other.set_name}.")
        row = self._store.get(other, parts[0].id)
        if row is None:
            raise row_missing(other.name, parts[0].id)
        return row


_ROLE_CALLS: Final = frozenset(
    {"AddPrivilegesRole", "ReplacePrivilegesRole", "RemovePrivilegeRole", "RetrieveRolePrivilegesRole"}
)


def _user_first(one: Row, other: Row) -> tuple[Reference, Reference]:
    if one.table.name == "systemuser":
        return one.reference, other.reference
    return other.reference, one.reference


def _only(call: _Call, method: str) -> None:
    if call.request.method != method:
        raise _method(call)


def _method(call: _Call) -> Problem:
    return Problem(
        HTTPStatus.METHOD_NOT_ALLOWED,
        "0x80060888",
        f"The requested resource does not support http method '{call.request.method}'.",
    )
