"""How are rows told that a function or a collection behind a row gives?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sandbox.dataverse import preferences, query
from sandbox.dataverse.exchange import Answer, Request, json_answer
from sandbox.dataverse.filtering import compiled
from sandbox.dataverse.paging import Sorting
from sandbox.dataverse.problems import not_imitated
from sandbox.dataverse.representation import represented, shape
from sandbox.dataverse.row_properties import RowProperties
from sandbox.dataverse.store import Row, Store
from sandbox.dataverse.table import Table


def listed(
    store: Store, request: Request, options: Mapping[str, str], table: Table, rows: Sequence[Row]
) -> Answer:
    """Rows as a list, by `$select`, `$expand`, `$filter`, `$orderby`, `$top` and `$count`, on one page.

    Raises:
        Problem: 400 for a query that cannot be understood.
    """
    wanted, asked = preferences.read(request.headers), query.read(options)
    if asked.skip_token is not None:
        raise not_imitated("pages of collections behind a row")
    told_shape = shape(store, table, asked.select, asked.expand)
    properties = RowProperties(store, table)
    test = None if asked.filter is None else compiled(asked.filter, properties)
    chosen = Sorting(properties, asked.order).sorted([row for row in rows if test is None or test(row)])
    told: dict[str, Any] = {"@odata.context": f"{request.root}$metadata#{table.set_name}"}
    if asked.count:
        told["@odata.count"] = len(chosen)
    told["value"] = [
        represented(store, row, told_shape, wanted.annotations)
        for row in chosen[: len(chosen) if asked.top is None else asked.top]
    ]
    return json_answer(200, told, wanted.headers)


def single(store: Store, request: Request, options: Mapping[str, str], row: Row) -> Answer:
    """One row, by `$select` and `$expand`.

    Raises:
        Problem: 400 for a query that cannot be understood.
    """
    wanted, asked = preferences.read(request.headers), query.read(options)
    told_shape = shape(store, row.table, asked.select, asked.expand)
    told: dict[str, Any] = {"@odata.context": f"{request.root}$metadata#{row.table.set_name}/$entity"}
    told |= represented(store, row, told_shape, wanted.annotations)
    return json_answer(200, told, wanted.headers)
