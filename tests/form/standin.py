"""A Dataverse that answers just what the form needs, and does as a test wants: late, with an error, or not at all."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from typing import Any, Final, Self
from uuid import uuid4

from aiohttp import web

from dataverse.description.installed import SCRIPT
from dataverse.description.job import FORM_SCRIPT, JOB
from dataverse.provisioning import form_xml
from dataverse.provisioning.languages import DUTCH, ENGLISH, Languages
from sandbox.console.parts import Parts
from sandbox.console.server import application
from tests.form import metadata

type Json = dict[str, Any]

SECONDS: Final = 20

INVOICE: Final = "a0000000-0000-4000-8000-000000000001"
JOURNEY: Final = "a0000000-0000-4000-8000-000000000002"
WELCOME: Final = "a0000000-0000-4000-8000-000000000003"
BLACK_FRIDAY: Final = "a0000000-0000-4000-8000-000000000004"

CATALOGUE: Final = {
    INVOICE: ("🚀 Invoice", "invoiceEmail=STRING;invoiceCode=STRING;invoiceVatNumber=STRING"),
    JOURNEY: ("🚀 New Customer Journey", "crosssell={<PRODUCTLIST>};brochure=URL"),
    WELCOME: ("🚀 Welcome", None),
    BLACK_FRIDAY: ("📢 Black Friday", None),
}
PEOPLE: Final = {
    "accounts": ("accountid", "name", {"10000000-0000-4000-8000-000000000001": "Contoso"}),
    "contacts": ("contactid", "fullname", {"20000000-0000-4000-8000-000000000001": "Kim Jansen"}),
    "leads": ("leadid", "fullname", {"30000000-0000-4000-8000-000000000001": "Robin Smit"}),
}

_API: Final = "/api/data/v9.2"
_LABEL: Final = "@OData.Community.Display.V1.FormattedValue"
_TABLE: Final = "@Microsoft.Dynamics.CRM.lookuplogicalname"


class Standin:
    """All parts of the sandbox at once, as far as the page with the form asks of them.

    Attributes:
        installed: whether the table and its form are there.
        script: text of the web resource; None where it is not published.
        refusal: what every write is refused with, if anything.
        read: what becomes of a read of a catalogue row, by its id; answered at once by default.
        reads: ids of catalogue rows that were asked for.
        written: bodies of all creates and updates.
        jobs: the rows of `spotler_jobs`.
    """

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget everything a test did."""
        self.installed = True
        self.script: str | None = SCRIPT.file.read_text(encoding="utf-8")
        self.refusal: str | None = None
        self.read: dict[str, Answer] = {}
        self.reads: list[str] = []
        self.written: list[Json] = []
        self.jobs: dict[str, Json] = {}

    def add_job(self, **values: Any) -> str:
        """A row that is there already; gives its id."""
        row_id = str(uuid4())
        row = {
            "statecode": 0,
            "statuscode": 1,
            "createdon": "2026-03-01T09:00:00Z",
            "spotler_attempts": 0,
        } | values
        self.jobs[row_id] = row | {"spotler_jobid": row_id, "version": 1}
        return row_id

    def change_job(self, row_id: str, **values: Any) -> None:
        """Change a row, as the app does."""
        row = self.jobs[row_id]
        self.jobs[row_id] = row | values | {"version": row["version"] + 1}

    def application(self) -> web.Application:
        """What answers."""
        app = web.Application()
        get, post = app.router.add_get, app.router.add_post
        post("/_sandbox/token", _token)
        get("/_sandbox/{rest:.*}", _nothing)
        get("/WebResources/{name:.*}", self._web_resource)
        get(f"{_API}/EntityDefinitions", self._tables)
        get(f"{_API}/EntityDefinitions(LogicalName='spotler_job')/{{rest:.*}}", self._metadata)
        get(f"{_API}/systemforms", self._forms)
        get(f"{_API}/spotler_automations", self._catalogue)
        get(f"{_API}/spotler_automations({{id}})", self._catalogue_row)
        get(f"{_API}/spotler_jobs", self._job_list)
        post(f"{_API}/spotler_jobs", self._create)
        get(f"{_API}/spotler_jobs({{id}})", self._job)
        app.router.add_patch(f"{_API}/spotler_jobs({{id}})", self._update)
        for name in PEOPLE:
            get(f"{_API}/{name}", _people)
        get(f"{_API}/annotations", _no_rows)
        get("/{rest:.*}", _nothing)
        return app

    async def _web_resource(self, request: web.Request) -> web.Response:
        if self.script is None or request.match_info["name"] != FORM_SCRIPT:
            return web.Response(status=404)
        return web.Response(text=self.script, content_type="text/javascript")

    async def _tables(self, _request: web.Request) -> web.Response:
        return _listed(
            [one for one in metadata.tables() if self.installed or one["LogicalName"] == "account"]
        )

    async def _metadata(self, request: web.Request) -> web.Response:
        match request.match_info["rest"].split("/"):
            case ["Attributes"]:
                return _listed(metadata.attributes())
            case ["Attributes", cast]:
                return _listed(metadata.choices(cast.removeprefix("Microsoft.Dynamics.CRM.")))
            case ["ManyToOneRelationships"]:
                return _listed(metadata.relationships())
            case _:
                return _refused(404, "Resource not found for the segment.")

    async def _forms(self, _request: web.Request) -> web.Response:
        languages = Languages(ENGLISH, frozenset({ENGLISH, DUTCH}))
        plain = {"name": "Information", "formxml": "<form><tabs/></form>"}
        return _listed([plain, {"name": "Spotler Job", "formxml": form_xml.render(JOB, languages)}])

    async def _catalogue(self, _request: web.Request) -> web.Response:
        if not self.installed:
            return _refused(404, "Resource not found for the segment 'spotler_automations'.")
        return _listed([_automation(row_id) for row_id in CATALOGUE])

    async def _catalogue_row(self, request: web.Request) -> web.Response:
        row_id = request.match_info["id"]
        self.reads.append(row_id)
        answer = self.read.get(row_id)
        if answer is not None:
            await answer.allowed.wait()
            if answer.error is not None:
                return _refused(403, answer.error)
        return web.json_response(_automation(row_id))

    async def _job_list(self, _request: web.Request) -> web.Response:
        if not self.installed:
            return _refused(404, "Resource not found for the segment 'spotler_jobs'.")
        return _listed([_shown(row) for row in reversed(self.jobs.values())])

    async def _job(self, request: web.Request) -> web.Response:
        row = self.jobs.get(request.match_info["id"])
        return _refused(404, "spotler_job Does Not Exist") if row is None else web.json_response(_shown(row))

    async def _create(self, request: web.Request) -> web.Response:
        body = await request.json()
        if self.refusal is not None:
            return _refused(403, self.refusal)
        self.written.append(body)
        row_id = self.add_job(**_stored(body))
        return web.json_response(_shown(self.jobs[row_id]), status=201)

    async def _update(self, request: web.Request) -> web.Response:
        body = await request.json()
        if self.refusal is not None:
            return _refused(403, self.refusal)
        self.written.append(body)
        self.change_job(request.match_info["id"], **_stored(body))
        return web.Response(status=204)


class Answer:
    """What becomes of a read: it waits until allowed, and is then an error if there is one."""

    def __init__(self, error: str | None = None, *, late: bool = False) -> None:
        self.error = error
        self.allowed = asyncio.Event()
        if not late:
            self.allowed.set()


def _automation(row_id: str) -> Json:
    name, template = CATALOGUE[row_id]
    return {
        "@odata.etag": 'W/"1"',
        "spotler_automationid": row_id,
        "spotler_name": name,
        "spotler_fieldtemplate": template,
        "spotler_code": row_id[-1],
        "statecode": 0,
    }


def _stored(body: Json) -> Json:
    """The properties of a body, with lookups as they are read."""
    row: Json = {}
    for name, value in body.items():
        navigation = name.removesuffix("@odata.bind")
        if navigation == name:
            row[name] = value
            continue
        column, table = next((one, of) for one, of, told in metadata.NAVIGATIONS if told == navigation)
        row |= lookup(column, table, value and value.split("(")[1].rstrip(")"))
    return row


def lookup(column: str, table: str, row_id: str | None) -> Json:
    """What a row says of a lookup."""
    name = f"_{column}_value"
    names = {key: told for _, _, rows in PEOPLE.values() for key, told in rows.items()}
    names |= {key: told for key, (told, _) in CATALOGUE.items()}
    return {name: row_id} | ({f"{name}{_LABEL}": names[row_id], f"{name}{_TABLE}": table} if row_id else {})


def _shown(row: Json) -> Json:
    return {"@odata.etag": f'W/"{row["version"]}"'} | {
        key: one for key, one in row.items() if key != "version"
    }


def _listed(rows: list[Json]) -> web.Response:
    return web.json_response({"value": rows})


def _refused(status: int, message: str) -> web.Response:
    return web.json_response({"error": {"code": "0x0", "message": message}}, status=status)


async def _token(_request: web.Request) -> web.Response:
    return web.json_response({"access_token": "token"})


async def _nothing(_request: web.Request) -> web.Response:
    return web.json_response([])


async def _no_rows(_request: web.Request) -> web.Response:
    return _listed([])


async def _people(request: web.Request) -> web.Response:
    key, name, rows = PEOPLE[request.path.rsplit("/", 1)[1]]
    return _listed([{key: row_id, name: told} for row_id, told in rows.items()])


class Served:
    """The stand-in and a console over it, on free ports, in a thread of their own while the context lasts.

    Attributes:
        standin: what answers.
        root: address of the console.
    """

    def __init__(self) -> None:
        self.standin = Standin()
        self.root = ""
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._runners: list[web.AppRunner] = []

    def __enter__(self) -> Self:
        self._thread.start()
        self.call(self._start())
        return self

    def __exit__(self, *_: object) -> None:
        self.reset()
        self.call(self._stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(SECONDS)
        self._loop.close()

    def call[Result](self, coroutine: Coroutine[Any, Any, Result]) -> Result:
        """Run something in the thread of the servers."""
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(SECONDS)

    def reset(self) -> Standin:
        """The stand-in as it was at first; nobody waits for a read any more."""
        for row_id in self.standin.read:
            self.allow(row_id)
        self.standin.reset()
        return self.standin

    def allow(self, row_id: str) -> None:
        """Let the read of a catalogue row be answered."""
        self._loop.call_soon_threadsafe(self.standin.read[row_id].allowed.set)

    async def _start(self) -> None:
        root = await self._serve(self.standin.application())
        self.root = await self._serve(
            application(Parts(spotler=root, dataverse=root, functions=root, servicebus=root))
        )

    async def _serve(self, app: web.Application) -> str:
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self._runners.append(runner)
        return f"http://127.0.0.1:{runner.addresses[0][1]}"

    async def _stop(self) -> None:
        for runner in reversed(self._runners):
            await runner.cleanup()
