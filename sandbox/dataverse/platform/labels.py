"""Which names do a view and a form have in other languages?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sandbox.dataverse import languages, organization
from sandbox.dataverse.columns import Value
from sandbox.dataverse.platform import part
from sandbox.dataverse.platform.publishing import Unpublished
from sandbox.dataverse.problems import Problem, bad_payload, bad_value, not_imitated
from sandbox.dataverse.store import Row, Store
from sandbox.dataverse.table import Table
from sandbox.dataverse.values import guid

_COLUMNS: Final[Mapping[str, frozenset[str]]] = {
    "savedquery": frozenset({"name", "description"}),
    "systemform": frozenset({"name", "description"}),
}
_NAMESPACE = "Microsoft.Dynamics.CRM."


class Labels:
    """The texts of a row's column by language."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def set(self, body: Mapping[str, Any]) -> None:
        """`SetLocLabels`: the text in the environment's own language becomes the column's.

        Raises:
            Problem: 400 for a row, column or language that is not there; 501 for other tables.
        """
        row, column = self._target(body)
        given = body.get("Labels")
        if not isinstance(given, list) or not given:
            raise bad_payload("The parameter 'Labels' must be a list of LocalizedLabel.")
        for code, text in [_label(one) for one in given]:
            self._write(row, column, code, text)
            if code == languages.BASE:
                changes: dict[str, Value] = {column: text}
                Unpublished(self._store).keep(row, changes)
                if changes:
                    self._store.update(row, changes, part.SYSTEM)

    def told(self, row: Row, column: str) -> dict[int, str]:
        """The texts of a column by language code, as they were last written."""
        current = dict(row.values) | Unpublished(self._store).of(row)
        own = current[column]
        texts = {languages.BASE: own} if isinstance(own, str) else {}
        for label in part.rows(self._store, "localizedlabel", objectid=row.id, objectcolumnname=column):
            code = label.values["languageid"]
            if isinstance(code, int) and code != languages.BASE:
                texts[code] = part.text_of(label, "label")
        return texts

    def forget(self, row: Row) -> None:
        """A row is gone."""
        for label in part.rows(self._store, "localizedlabel", objectid=row.id):
            self._store.delete(label)

    def _write(self, row: Row, column: str, code: int, text: str) -> None:
        table = part.table(self._store, "localizedlabel")
        label_id = organization.component_id("label", f"{row.id}:{column}:{code}")
        existing = self._store.get(table, label_id)
        if existing is not None:
            self._store.update(existing, {"label": text}, part.SYSTEM)
            return
        self._store.insert(
            table,
            {
                "localizedlabelid": label_id,
                "objectid": row.id,
                "objectcolumnname": column,
                "languageid": code,
                "label": text,
            },
            part.SYSTEM,
        )

    def _target(self, body: Mapping[str, Any]) -> tuple[Row, str]:
        moniker, column = body.get("EntityMoniker"), body.get("AttributeName")
        if not isinstance(moniker, dict) or not isinstance(moniker.get("@odata.type"), str):
            raise bad_payload("The parameter 'EntityMoniker' must be a row with its '@odata.type'.")
        name = moniker["@odata.type"].lstrip("#").removeprefix(_NAMESPACE)
        if name not in _COLUMNS:
            raise not_imitated(f"labels of rows of {name}")
        table = part.table(self._store, name)
        if column not in _COLUMNS[name]:
            raise bad_value(f"'{column}' is no localizable column of '{name}'.")
        return self._row(table, moniker), column

    def _row(self, table: Table, moniker: Mapping[str, Any]) -> Row:
        given = moniker.get(table.id_column)
        row_id = guid(given) if isinstance(given, str) else None
        row = self._store.get(table, row_id) if row_id else None
        if row is None:
            raise Problem(400, "0x80040217", f"{table.name} With Id = {given} Does Not Exist")
        return row


def _label(given: object) -> tuple[int, str]:
    if not isinstance(given, dict):
        raise bad_payload("A LocalizedLabel must be an object.")
    code, text = given.get("LanguageCode"), given.get("Label")
    if not isinstance(code, int) or not isinstance(text, str) or not text:
        raise bad_payload("A LocalizedLabel must have a 'Label' and a 'LanguageCode'.")
    if code not in languages.PROVISIONED:
        raise bad_value(f"The language {code} is not provisioned.", "0x80044302")
    return code, text
