"""What does one request do, and what is it answered?"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from sandbox.dataverse import csdl, organization, preferences, query, states, writing
from sandbox.dataverse.addresses import Segment, query_options, segments
from sandbox.dataverse.columns import Lookup, Reference, Value
from sandbox.dataverse.exchange import (
    NOT_MODIFIED,
    Answer,
    Request,
    empty_answer,
    json_answer,
    problem_answer,
)
from sandbox.dataverse.filtering import compiled
from sandbox.dataverse.metadata.requests import Metadata
from sandbox.dataverse.paging import Sorting
from sandbox.dataverse.preferences import LARGEST_PAGE, Preferences
from sandbox.dataverse.problems import (
    Problem,
    bad_payload,
    bad_query,
    key_missing,
    not_imitated,
    row_exists,
    row_missing,
    segment_missing,
    stale,
)
from sandbox.dataverse.representation import Shape, represented, shape
from sandbox.dataverse.row_properties import RowProperties
from sandbox.dataverse.rules import Action, Rules
from sandbox.dataverse.store import Row, Store
from sandbox.dataverse.table import Key, Table
from sandbox.dataverse.tables import NOT_IMITATED_SETS
from sandbox.dataverse.values import told

LONGEST_URL = 32_768
"""Characters of a URL outside a batch (Microsoft Learn, "Query data using the Web API")."""

LONGEST_URL_IN_BATCH = 65_536
"""Characters of a URL inside a batch (the same page)."""


@dataclass(frozen=True, slots=True)
class Created:
    """A row that a request has made: `sent` are the columns that the caller gave."""

    row: Row
    sent: frozenset[str]
    by: Reference


@dataclass(frozen=True, slots=True)
class _Address:
    """A row's place in a URL."""

    table: Table
    id: str | None
    key: Key | None = None
    values: Mapping[str, Value] = field(default_factory=dict)

    @property
    def columns(self) -> Mapping[str, Value]:
        """The columns that the URL itself gives a new row."""
        return self.values if self.id is None else {self.table.id_column: self.id}


class Engine:
    """The Web API without HTTP: requests in, answers out, each taking effect whole or not at all.

    Args:
        store: the rows.
        rules: what the platform's own tables say of a write.
        on_create: told of every row that a request made, once its transaction has ended well.
        clock: seconds that never jump; indexes of keys are built by it.

    Attributes:
        metadata: tables, columns, keys and relationships, and what goes wrong with them on purpose.
    """

    def __init__(
        self,
        store: Store,
        rules: Rules,
        on_create: Callable[[Created], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.store = store
        self.rules = rules
        self.metadata = Metadata(store, rules, clock)
        self._on_create = on_create
        self._created: list[Created] = []

    def execute(self, request: Request, by: Reference) -> Answer:
        """Answer one request of the user `by`; a problem is an answer too."""
        return self._together([request], by, alone=True)[0]

    def execute_together(self, requests: Sequence[Request], by: Reference) -> list[Answer]:
        """Answer the requests of a changeset: all take effect, or none and only the first refusal is told.

        `$1` in a URL or an `@odata.bind` stands for the row of the earlier request with that Content-ID.
        """
        return self._together(requests, by, alone=False)

    def _together(self, requests: Sequence[Request], by: Reference, *, alone: bool) -> list[Answer]:
        self.metadata.advance()
        self._created = []
        answers: list[Answer] = []
        references: dict[str, str] = {}
        try:
            with self.store.transaction():
                for request in requests:
                    try:
                        answer = self._perform(request, by, references, alone=alone)
                    except Problem as problem:
                        raise _Refused(request, problem) from problem
                    answers.append(answer)
                    content_id, place = request.headers.get("content-id"), answer.header("OData-EntityId")
                    if content_id and place:
                        references[f"${content_id}"] = place
        except _Refused as refused:
            return [problem_answer(refused.problem, annotated=refused.annotated)]
        for created in self._created:
            self._on_create(created)
        return answers

    # --- which request is it --------------------------------------------------------------------------------

    def _perform(
        self, request: Request, by: Reference, references: Mapping[str, str], *, alone: bool
    ) -> Answer:
        path = _without_root(_dereferenced(request.path, references), request.root)
        wanted = preferences.read(request.headers)
        parts = segments(path)
        call = _Call(request, path, wanted, query_options(request.query), by, references)
        if not parts:
            return self._service(call)
        first = parts[0]
        if first.name == "$metadata":
            _only(call, "GET")
            return Answer(
                HTTPStatus.OK,
                (("Content-Type", "application/xml"), ("OData-Version", "4.0")),
                csdl.document(self.metadata.seen(request)).encode(),
            )
        if first.name in {"WhoAmI", "Microsoft.Dynamics.CRM.WhoAmI"}:
            _only(call, "GET")
            return json_answer(HTTPStatus.OK, organization.who_am_i(request.root, by.id))
        if self.metadata.answers(first.name):
            if not alone and request.method != "GET":
                raise not_imitated("changes to metadata inside a changeset")
            return self.metadata.answer(request, parts, call.options, call.body, by)
        if len(parts) > 1 or first.name[:1].isupper():
            answer = self.rules.call(request, parts, call.options, call.body, by)
            if answer is not None:
                return answer
        return self._rows(call, parts)

    def _service(self, call: _Call) -> Answer:
        _only(call, "GET")
        sets = [
            {"name": table.set_name, "kind": "EntitySet", "url": table.set_name}
            for table in self.store.schema.served
        ]
        return json_answer(HTTPStatus.OK, {"@odata.context": f"{call.request.root}$metadata", "value": sets})

    def _rows(self, call: _Call, parts: tuple[Segment, ...]) -> Answer:
        first, rest = parts[0], parts[1:]
        table = self._table(first)
        if first.plain or (first.id is None and first.key is None):
            if rest:
                return self._below_set(call, table, rest)
            return self._on_set(call, table)
        address = self._address(table, first)
        if rest:
            return self._below_row(call, address, rest)
        match call.request.method:
            case "GET":
                return self._retrieve(call, address)
            case "PATCH":
                return self._patch(call, address)
            case "DELETE":
                return self._delete(call, address)
            case "PUT":
                raise not_imitated("PUT of a whole row")
            case _:
                raise _method(call)

    def _table(self, segment: Segment) -> Table:
        table = self.store.schema.by_set.get(segment.name)
        if table is not None and table.served:
            return table
        if table is not None or segment.name in NOT_IMITATED_SETS:
            raise not_imitated(f"the set {segment.name}")
        # Sets are written in lower case; actions, functions and metadata sets begin with a capital.
        if segment.name[:1].isupper():
            raise not_imitated(segment.name)
        raise segment_missing(segment.name)

    def _below_set(self, call: _Call, table: Table, rest: tuple[Segment, ...]) -> Answer:
        name = rest[0].name
        if name == "$count" and len(rest) == 1:
            _only(call, "GET")
            options = query.read(call.options)
            count = min(len(self._matching(call, table, options)), LARGEST_PAGE)
            return Answer(
                HTTPStatus.OK,
                (("Content-Type", "text/plain"), ("OData-Version", "4.0")),
                str(count).encode(),
            )
        if name.startswith(("Microsoft.", "$")):
            raise not_imitated(f"{table.set_name}/{name}")
        raise segment_missing(name)

    def _on_set(self, call: _Call, table: Table) -> Answer:
        match call.request.method:
            case "GET":
                return self._list(call, table)
            case "POST":
                return self._create(call, table)
            case _:
                raise _method(call)

    # --- reading --------------------------------------------------------------------------------------------

    def _matching(self, call: _Call, table: Table, options: query.Query) -> list[Row]:
        self.rules.allowed(call.by, Action.READ, table)
        rows = self.store.rows(table)
        if options.filter is None:
            return list(rows)
        properties = RowProperties(self.store, table)
        test = compiled(options.filter, properties)
        self._readable(call, properties)
        return [row for row in rows if test(row)]

    def _readable(self, call: _Call, properties: RowProperties) -> None:
        for table in properties.entered:
            self.rules.allowed(call.by, Action.READ, table)

    def _shape(self, call: _Call, table: Table, options: query.Query) -> Shape:
        told_shape = shape(self.store, table, options.select, options.expand)
        for one in told_shape.tables:
            self.rules.allowed(call.by, Action.READ, one)
        return told_shape

    def _list(self, call: _Call, table: Table) -> Answer:
        options = query.read(call.options)
        told_shape = self._shape(call, table, options)
        properties = RowProperties(self.store, table)
        sorting = Sorting(properties, options.order)
        self._readable(call, properties)
        rows = sorting.sorted(self._matching(call, table, options))
        size = call.wanted.page_size
        # With a page size asked for, $top is ignored; without one it ends the answer for good.
        if size is None and options.top is not None:
            page_rows, token = tuple(rows[: min(options.top, LARGEST_PAGE)]), None
        else:
            page = sorting.page(rows, size or LARGEST_PAGE, options.skip_token)
            page_rows, token = page.rows, page.next_token
        root = call.request.root
        told: dict[str, Any] = {"@odata.context": _context(root, told_shape)}
        annotations = call.wanted.annotations
        if options.count:
            told["@odata.count"] = min(len(rows), LARGEST_PAGE)
            if annotations.want("Microsoft.Dynamics.CRM.totalrecordcount"):
                told["@Microsoft.Dynamics.CRM.totalrecordcount"] = min(len(rows), LARGEST_PAGE)
            if annotations.want("Microsoft.Dynamics.CRM.totalrecordcountlimitexceeded"):
                told["@Microsoft.Dynamics.CRM.totalrecordcountlimitexceeded"] = len(rows) > LARGEST_PAGE
        told["value"] = [represented(self.store, row, told_shape, annotations) for row in page_rows]
        if token is not None:
            told["@odata.nextLink"] = _next_link(call, table, token)
        return json_answer(HTTPStatus.OK, told, call.wanted.headers)

    def _retrieve(self, call: _Call, address: _Address) -> Answer:
        self.rules.allowed(call.by, Action.READ, address.table)
        row = self._existing(address)
        options = _single(call)
        headers = call.request.headers
        expected, known = headers.get("if-match"), headers.get("if-none-match")
        if expected not in {None, "*", "null", row.etag}:
            raise stale()
        if known == row.etag and not options.expand and not call.wanted.annotations.patterns:
            return empty_answer(NOT_MODIFIED, (("ETag", row.etag),))
        return self._told(call, row, options, HTTPStatus.OK)

    def _told(self, call: _Call, row: Row, options: query.Query, status: int) -> Answer:
        told_shape = self._shape(call, row.table, options)
        told = {"@odata.context": f"{_context(call.request.root, told_shape)}/$entity"}
        told |= represented(self.store, row, told_shape, call.wanted.annotations)
        return json_answer(status, told, (("ETag", row.etag), *call.wanted.headers))

    def _below_row(self, call: _Call, address: _Address, rest: tuple[Segment, ...]) -> Answer:
        name = rest[0].name
        if len(rest) > 1 or not rest[0].plain:
            raise not_imitated("paths below a property of a row")
        column = address.table.by_property.get(name)
        if column is None and name in address.table.by_navigation:
            return self._related(call, address, name)
        if column is None:
            if name.startswith(("Microsoft.", "$")):
                raise not_imitated(f"{address.table.set_name}(...)/{name}")
            raise segment_missing(name)
        if call.request.method == "GET":
            self.rules.allowed(call.by, Action.READ, address.table)
            value = told(self._existing(address).values[column.name])
            if value is None:
                return empty_answer(HTTPStatus.NO_CONTENT)
            context = f"{call.request.root}$metadata#{call.path}"
            return json_answer(HTTPStatus.OK, {"@odata.context": context, "value": value})
        if call.request.method not in {"PUT", "DELETE"}:
            raise _method(call)
        _require(address.table, "PATCH")
        row = self._matched(call, address)
        given = None if call.request.method == "DELETE" else call.object.get("value")
        self._change(call, row, {name: given})
        return empty_answer(HTTPStatus.NO_CONTENT)

    def _related(self, call: _Call, address: _Address, navigation: str) -> Answer:
        _only_imitated(call, "GET", "writing below a lookup")
        self.rules.allowed(call.by, Action.READ, address.table)
        column, target = address.table.by_navigation[navigation]
        row = self._existing(address)
        value = row.values[column.name]
        if navigation not in address.table.followed or not self.store.schema.by_name[target].served:
            raise not_imitated(f"rows of {target} behind {navigation}")
        other = (
            self.store.referenced(value) if isinstance(value, Reference) and value.table == target else None
        )
        if other is None:
            return empty_answer(HTTPStatus.NO_CONTENT)
        return self._told(call, other, _single(call), HTTPStatus.OK)

    # --- writing --------------------------------------------------------------------------------------------

    def _create(self, call: _Call, table: Table) -> Answer:
        _require(table, "POST")
        return self._insert(call, table, {})

    def _insert(self, call: _Call, table: Table, from_url: Mapping[str, Value]) -> Answer:
        self.rules.allowed(call.by, Action.CREATE, table)
        options = _single(call)
        given = writing.read(table, call.object, self._resolver(call))
        self._appendable(call, table, given.values)
        # What the body says of a key column wins over the URL.
        values = states.completed(table, {}, {**from_url, **given.values})
        self.rules.creating(table, values, call.by)
        row = self.store.insert(table, values, call.by)
        self.rules.created(row, call.solution, call.by)
        self._created.append(Created(row, frozenset(values), call.by))
        place = f"{call.request.root}{table.set_name}({row.id})"
        if from_url and table.id_column not in from_url:
            place = _place_by_key(call)
        headers = (("Location", place), ("OData-EntityId", place))
        if call.wanted.representation:
            return self._told(call, row, options, HTTPStatus.CREATED).with_headers(headers)
        return empty_answer(HTTPStatus.NO_CONTENT, (*headers, *call.wanted.headers))

    def _patch(self, call: _Call, address: _Address) -> Answer:
        _require(address.table, "PATCH")
        options = _single(call)
        row = self._found(address)
        if call.request.headers.get("if-none-match") == "*" and row is not None:
            raise row_exists()
        if row is None:
            if _expects_a_row(call):
                raise self._missing(address)
            return self._insert(call, address.table, address.columns)
        changed = self._change(call, self._matched(call, address), call.object)
        if call.wanted.representation:
            return self._told(call, changed, options, HTTPStatus.OK)
        by_id = f"{call.request.root}{address.table.set_name}({changed.id})"
        place = _place_by_key(call) if address.key else by_id
        return empty_answer(
            HTTPStatus.NO_CONTENT, (("Location", place), ("OData-EntityId", place), *call.wanted.headers)
        )

    def _appendable(self, call: _Call, table: Table, values: Mapping[str, Value]) -> None:
        """To point at a row asks for a privilege on either side."""
        targets = {value.table for value in values.values() if isinstance(value, Reference)}
        if targets:
            self.rules.allowed(call.by, Action.APPEND, table)
        for name in sorted(targets):
            self.rules.allowed(call.by, Action.APPEND_TO, self.store.schema.by_name[name])

    def _change(self, call: _Call, row: Row, body: Mapping[str, Any]) -> Row:
        self.rules.allowed(call.by, Action.WRITE, row.table)
        given = writing.read(row.table, body, self._resolver(call))
        # Key columns that repeat the address of an existing row are dropped (Microsoft Learn, "Upsert").
        values = {name: value for name, value in given.values.items() if name != row.table.id_column}
        self._appendable(call, row.table, values)
        changes = states.completed(row.table, row.values, values)
        self.rules.updating(row, changes, call.by)
        changed = self.store.update(row, changes, call.by)
        self.rules.updated(row, changed, call.by)
        return changed

    def _delete(self, call: _Call, address: _Address) -> Answer:
        _require(address.table, "DELETE")
        self.rules.allowed(call.by, Action.DELETE, address.table)
        row = self._matched(call, address)
        self.rules.deleting(row, call.by)
        self.store.delete(row)
        self.rules.deleted(row)
        return empty_answer(HTTPStatus.NO_CONTENT)

    def _matched(self, call: _Call, address: _Address) -> Row:
        """The row at an address, in the version that `If-Match` asks for."""
        row = self._existing(address)
        expected = call.request.headers.get("if-match")
        if expected not in {None, "*", "null", row.etag}:
            raise stale()
        return row

    # --- addresses ------------------------------------------------------------------------------------------

    def _address(self, table: Table, segment: Segment) -> _Address:
        if segment.id is not None:
            return _Address(table, segment.id)
        given = dict(segment.key or {})
        if set(given) == {table.id_column}:
            return _Address(table, str(given[table.id_column]).lower())
        for key in table.indexed:
            names = {table.by_name[name].property_name: name for name in key.columns}
            if set(names) == set(given):
                values = {names[name]: _key_value(table, names[name], value) for name, value in given.items()}
                return _Address(table, None, key, values)
        raise bad_query(
            "The key in the request URI is not valid for resource "
            f"'Microsoft.Dynamics.CRM.{table.name}'. Ensure that the names and number of key properties "
            "match the declared or alternate key properties for the resource "
            f"'Microsoft.Dynamics.CRM.{table.name}'."
        )

    def _found(self, address: _Address) -> Row | None:
        if address.key is not None:
            return self.store.by_key(address.table, address.key, address.values)
        return None if address.id is None else self.store.get(address.table, address.id)

    def _existing(self, address: _Address) -> Row:
        row = self._found(address)
        if row is None:
            raise self._missing(address)
        return row

    def _missing(self, address: _Address) -> Problem:
        if address.id is None:
            return key_missing(address.table.name)
        return row_missing(address.table.name, address.id)

    def _resolver(self, call: _Call) -> Callable[[str], Reference]:
        def resolve(url: str) -> Reference:
            path = _without_root(_dereferenced(url, call.references), call.request.root).lstrip("/")
            parts = segments(path)
            if len(parts) != 1 or (parts[0].id is None and parts[0].key is None):
                raise bad_payload("The value of an @odata.bind must be the URL of one row.")
            return self._existing(self._address(self._table(parts[0]), parts[0])).reference

        return resolve

    def resolve(self, url: str) -> Reference:
        """The row that an `@odata.bind` of a seed row names.

        Raises:
            Problem: there is none.
        """
        nobody = Reference("systemuser", "")
        call = _Call(Request("POST", ""), "", Preferences(), {}, nobody, {})
        return self._resolver(call)(url)


@dataclass(frozen=True, slots=True)
class _Call:
    """One request, read."""

    request: Request
    path: str
    wanted: Preferences
    options: Mapping[str, str]
    by: Reference
    references: Mapping[str, str]

    @property
    def solution(self) -> str | None:
        """Where new components go."""
        return self.request.headers.get("mscrm.solutionuniquename")

    @property
    def body(self) -> dict[str, Any] | None:
        """The body, where there is one."""
        return self.object if self.request.body else None

    @property
    def object(self) -> dict[str, Any]:
        """The body, which must be a JSON object."""
        content_type = self.request.headers.get("content-type", "application/json")
        if "json" not in content_type.lower():
            raise Problem(
                HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
                "0x80060888",
                "The Content-Type of a request with a body must be application/json.",
            )
        try:
            value = json.loads(self.request.body)
        except (ValueError, RecursionError) as error:
            raise bad_payload("Microsoft.OData.ODataException: The body is not readable as JSON.") from error
        if not isinstance(value, dict):
            raise bad_payload("Microsoft.OData.ODataException: A JSON object is expected.")
        return value


class _Refused(Exception):  # noqa: N818 - control flow: ends the transaction of a changeset
    def __init__(self, request: Request, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem
        self.annotated = 'include-annotations="*"' in request.headers.get("prefer", "")


def _dereferenced(url: str, references: Mapping[str, str]) -> str:
    if not url.startswith("$") or not url[1:2].isdigit():
        return url
    name, slash, rest = url.partition("/")
    if name not in references:
        raise bad_query(f"The Content-ID reference '{name}' names no earlier request of this changeset.")
    return references[name] + slash + rest


def _without_root(url: str, root: str) -> str:
    """What follows the service root in an absolute, a host-relative or a relative URL."""
    base = "/" + root.split("://", 1)[-1].partition("/")[2]
    for prefix in (root, base):
        if url.startswith(prefix):
            return url.removeprefix(prefix)
    return url


def _key_value(table: Table, name: str, value: object) -> Value:
    column = table.by_name[name]
    if isinstance(column.kind, Lookup):
        return Reference(next(iter(column.kind.navigations)), str(value).lower())
    if value is None or not isinstance(value, str | int):
        raise bad_query(f"The value of key property '{name}' in the request URI is not of its type.")
    return value


def _single(call: _Call) -> query.Query:
    """The query of a single row: `$select` and `$expand` alone."""
    options = query.read(call.options)
    allowed = {"$select", "$expand"}
    unfit = sorted(name for name in call.options if name.startswith("$") and name not in allowed)
    if unfit:
        raise bad_query(f"The query option {unfit[0]} does not apply to a single row.")
    return options


def _expects_a_row(call: _Call) -> bool:
    return call.request.headers.get("if-match") not in {None, "null"}


def _place_by_key(call: _Call) -> str:
    """A row addressed by alternate key is told under that address (Microsoft Learn, "Upsert")."""
    return call.request.root + quote(call.path, safe="%/()'=,", errors="replace")


def _context(root: str, told_shape: Shape) -> str:
    chosen = f"({','.join(told_shape.selected)})" if told_shape.selected else ""
    return f"{root}$metadata#{told_shape.table.set_name}{chosen}"


def _next_link(call: _Call, table: Table, token: str) -> str:
    kept = "&".join(
        f"{quote(name, safe='$@')}={quote(value, safe='')}"
        for name, value in call.options.items()
        if name not in {"$skiptoken", "$top"}
    )
    separator = "&" if kept else ""
    return f"{call.request.root}{table.set_name}?{kept}{separator}$skiptoken={quote(token, safe='')}"


def _method(call: _Call) -> Problem:
    return Problem(
        HTTPStatus.METHOD_NOT_ALLOWED,
        "0x80060888",
        f"The requested resource does not support http method '{call.request.method}'.",
    )


def _only(call: _Call, method: str) -> None:
    if call.request.method != method:
        raise _method(call)


def _only_imitated(call: _Call, method: str, what: str) -> None:
    if call.request.method != method:
        raise not_imitated(what)


def _require(table: Table, method: str) -> None:
    if method in table.methods:
        return
    if not table.methods:
        raise not_imitated(f"writing {table.set_name}")
    name = {"POST": "Create", "PATCH": "Update", "DELETE": "Delete"}[method]
    raise Problem(
        HTTPStatus.BAD_REQUEST,
        "0x80040800",
        f"The '{name}' method does not support entities of type '{table.name}'.",
    )
