"""What have people changed and not yet published?"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Final

from sandbox.dataverse.columns import Value
from sandbox.dataverse.platform import part
from sandbox.dataverse.platform.markup import parsed
from sandbox.dataverse.problems import Problem, bad_value, not_imitated
from sandbox.dataverse.store import Row, Store
from sandbox.dataverse.values import guid

PUBLISHABLE: Final[Mapping[str, frozenset[str]]] = {
    "savedquery": frozenset({"name", "description", "fetchxml", "layoutxml", "isdefault"}),
    "systemform": frozenset({"name", "description", "formxml", "isdefault", "formactivationstate"}),
    "webresource": frozenset({"displayname", "description", "content", "languagecode"}),
}
"""Columns whose changes readers see once they are published."""

_TABLE_OF: Final = {"savedquery": "returnedtypecode", "systemform": "objecttypecode"}
_WHAT = "ParameterXml"
_NOTHING_BEHIND: Final = frozenset(
    {"ribbons", "dashboards", "optionsets", "settings", "nodes", "securityroles"}
)


class Unpublished:
    """Changes that wait for publication, by component."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def of(self, row: Row) -> dict[str, Value]:
        """The waiting changes of a component."""
        waiting = part.row_of(self._store, "unpublishedcomponent", row.id)
        changes: dict[str, Value] = {} if waiting is None else json.loads(part.text_of(waiting, "changes"))
        return changes

    def keep(self, row: Row, changes: dict[str, Value]) -> None:
        """Take what must be published out of `changes` and keep it; a component never published changes at once."""
        own = PUBLISHABLE.get(row.table.name, frozenset()) & set(changes)
        if not own or row.values["componentstate"] == 1:
            return
        whole = self.of(row) | {name: changes.pop(name) for name in own}
        waiting = part.row_of(self._store, "unpublishedcomponent", row.id)
        table = part.table(self._store, "unpublishedcomponent")
        values: dict[str, Value] = {
            "componentid": row.id,
            "componenttable": row.table.name,
            "changes": json.dumps(whole, sort_keys=True),
        }
        if waiting is None:
            self._store.insert(table, values, part.SYSTEM)
        else:
            self._store.update(waiting, values, part.SYSTEM)

    def forget(self, row: Row) -> None:
        """A component is gone."""
        waiting = part.row_of(self._store, "unpublishedcomponent", row.id)
        if waiting is not None:
            self._store.delete(waiting)

    def versions(self, row: Row) -> Iterator[Mapping[str, Value]]:
        """A component's values as published, and as they will be where changes wait."""
        yield row.values
        waiting = self.of(row)
        if waiting:
            yield dict(row.values) | waiting

    def publish(self, row: Row) -> None:
        """Let readers see a component as it was last written."""
        changes = self.of(row)
        if row.values["componentstate"] == 1:
            changes["componentstate"] = 0
        if changes:
            self._store.update(row, changes, part.SYSTEM)
            self.forget(row)


def publish_all(store: Store) -> None:
    """What `PublishAllXml` does."""
    for name in PUBLISHABLE:
        for row in store.rows(part.table(store, name)):
            Unpublished(store).publish(row)


def publish(store: Store, parameter: object) -> None:
    """What `PublishXml` does.

    Args:
        store: the rows.
        parameter: the value of `ParameterXml`.

    Raises:
        Problem: 400, it is not of the documented form or names what is not there; 501 for parts of the
            platform that are not imitated.
    """
    if not isinstance(parameter, str):
        raise bad_value("The parameter 'ParameterXml' is missing.")
    for group in parsed(parameter, _WHAT, "importexportxml"):
        texts = [(one.tag, (one.text or "").strip()) for one in group]
        match group.tag:
            case "entities":
                for tag, text in texts:
                    _publish_table(store, tag, text)
            case "webresources":
                for tag, text in texts:
                    _publish_web_resource(store, tag, text)
            case _ if group.tag not in _NOTHING_BEHIND:
                raise bad_value(f"The ParameterXml is invalid: '{group.tag}' may not stand inside it.")
            case _ if texts:
                raise not_imitated(f"publishing {group.tag}")


def _publish_table(store: Store, tag: str, name: str) -> None:
    if tag != "entity" or name not in store.schema.by_name:
        raise Problem(
            400,
            "0x80041102",
            f"The entity with a name = '{name}' with namemapping = 'Logical' was not found in the MetadataCache.",
        )
    for component, column in _TABLE_OF.items():
        for row in part.rows(store, component, **{column: name}):
            Unpublished(store).publish(row)


def _publish_web_resource(store: Store, tag: str, text: str) -> None:
    row_id = guid(text)
    row = part.row_of(store, "webresource", row_id) if tag == "webresource" and row_id else None
    if row is None:
        raise Problem(400, "0x80040217", f"webresource With Id = {text} Does Not Exist")
    Unpublished(store).publish(row)
