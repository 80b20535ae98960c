"""The client and the local Dataverse were written apart; together they do what the documentation says."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from dataverse import (
    ANY,
    Answered,
    Create,
    DataverseClient,
    DataverseError,
    DuplicateRow,
    Expand,
    MayHaveBeenCarriedOut,
    NotAllowed,
    NotCarriedOut,
    PreconditionFailed,
    Query,
    Rejected,
    Retrieve,
    RowGone,
    SandboxTokens,
    Update,
    Upsert,
    WrongPath,
    odata,
)
from dataverse.tables import Automation, AutomationStatus, Job, Kind, Note, Operation, Post, Status
from tests.dataverse.clock import BEGIN, StillClock
from tests.dataverse.conftest import CountingTokens
from tests.part import running

JOBS = Job.SET
READY_SECONDS = 30


@pytest.fixture(scope="module")
def sandbox() -> Iterator[str]:
    """Address of a Dataverse in a process of its own."""
    with running("dataverse", "--installed") as root:
        yield root


class Control:
    """The side of the sandbox that is not Dataverse's."""

    def __init__(self, http: httpx.AsyncClient, url: str) -> None:
        self._http = http
        self._url = url + "/_sandbox/"

    async def post(self, path: str, content: Any = None) -> None:
        """Tell the sandbox something."""
        (await self._http.post(self._url + path, json=content)).raise_for_status()

    async def fault(self, match: str, kind: str, **more: Any) -> None:
        """Have something go wrong, once unless told otherwise."""
        await self.post("faults", {"match": match, "kind": kind, "times": 1, **more})

    async def journal(self) -> list[tuple[str, int]]:
        """Method and status of each request to the Web API since the reset."""
        entries = (await self._http.get(self._url + "journal")).raise_for_status().json()
        return [(entry["method"], entry["status"]) for entry in entries]


@pytest.fixture
async def control(http: httpx.AsyncClient, sandbox: str) -> AsyncIterator[Control]:
    """The sandbox at its first rows, without faults."""
    one = Control(http, sandbox)
    await one.post("reset")
    await http.delete(sandbox + "/_sandbox/faults")
    await http.delete(sandbox + "/_sandbox/journal")
    yield one
    await http.delete(sandbox + "/_sandbox/faults")


@pytest.fixture
def dataverse(sandbox: str, control: Control, http: httpx.AsyncClient, clock: StillClock) -> DataverseClient:
    """The client under test, on the sandbox's own tokens."""
    assert control is not None
    return DataverseClient(sandbox, SandboxTokens(sandbox), http, clock=clock)


async def contacts(dataverse: DataverseClient, *, count: int = 2) -> list[UUID]:
    """Ids of people that are there from the start."""
    query = Query("contacts", ("contactid",), order_by=("lastname",), top=count)
    found = [row.id("contactid") for row in await dataverse.query(query)]
    return [one for one in found if one is not None]


async def new_job(dataverse: DataverseClient, **values: object) -> UUID:
    """A job for the first contact."""
    person, *_ = await contacts(dataverse)
    bind = {f"{Job.CUSTOMER_CONTACT}@odata.bind": f"/contacts({person})"}
    return await dataverse.create(
        Create(JOBS, {Job.OPERATION: Operation.START_AUTOMATION, Job.NAME: "x", **bind, **values})
    )


def automation(number: int) -> Upsert:
    """A row of the catalogue."""
    values = {
        Automation.NAME: f"🚀 Welcome & 'friends' {number}",
        Automation.KIND: Kind.AUTOMATION,
        Automation.CODE: f"code/{number}",
        Automation.STATE: AutomationStatus.PUBLISHED.value - 1,
        Automation.STATUS: AutomationStatus.PUBLISHED,
    }
    return Upsert(Automation.SET, {Automation.KEY: f"a{number:064x}"}, values)


async def test_who_am_i_and_metadata(dataverse: DataverseClient) -> None:
    """Identity, and the names a post or a job binds with."""
    assert (await dataverse.who_am_i()).int
    assert {Post.regarding("contact"), Post.regarding("lead")} <= await dataverse.navigation_names(Post.TABLE)
    assert {Job.CUSTOMER_ACCOUNT, Job.CUSTOMER_CONTACT, Job.LEAD_LEAD} <= await dataverse.navigation_names(
        Job.TABLE
    )
    assert await dataverse.navigation_names("no_such_table") == frozenset()


async def test_create_and_retrieve(dataverse: DataverseClient) -> None:
    """A job with its customer, told apart by table, and its automation followed."""
    await dataverse.upsert(automation(1))
    (row,) = await dataverse.query(
        Query(Automation.SET, (Automation.ID, Automation.NAME), filter=odata.eq(Automation.CODE, "code/1"))
    )
    job = await new_job(
        dataverse,
        **{f"{Job.AUTOMATION_AUTOMATION}@odata.bind": f"/{Automation.SET}({row.id(Automation.ID)})"},
    )
    read = await dataverse.retrieve(
        Retrieve(
            JOBS,
            job,
            (Job.ID, Job.STATUS, Job.CUSTOMER, Job.LEAD, Job.CREATED_ON, Job.CLAIMED_ON),
            (Expand(Job.AUTOMATION_AUTOMATION, (Automation.NAME, Automation.KIND)),),
        )
    )
    assert read.etag is not None
    assert (read.id(Job.ID), read[Job.STATUS]) == (job, Status.QUEUED)
    assert read.id(Job.CUSTOMER) == (await contacts(dataverse))[0]
    assert read.lookup_table(Job.CUSTOMER) == "contact"
    assert (read.id(Job.LEAD), read.lookup_table(Job.LEAD)) == (None, None)
    assert read.time(Job.CREATED_ON) is not None
    assert read.time(Job.CLAIMED_ON) is None
    followed = read.expanded(Job.AUTOMATION_AUTOMATION)
    assert followed is not None
    assert followed[Automation.NAME] == row[Automation.NAME] == "🚀 Welcome & 'friends' 1"


async def test_a_claim_is_won_once(dataverse: DataverseClient) -> None:
    """Two updates with the same etag: the second is told so, and a fresh etag works again."""
    job = await new_job(dataverse)
    etag = (await dataverse.retrieve(Retrieve(JOBS, job, (Job.ID,)))).etag
    assert etag is not None
    values = {
        Job.STATE: 0,
        Job.STATUS: Status.IN_PROGRESS,
        Job.CLAIMED_ON: BEGIN,
        Job.CLAIM_TOKEN: str(uuid4()),
    }
    claimed = await dataverse.update(Update(JOBS, job, values, etag, returning=(Job.STATUS, Job.CLAIMED_ON)))
    assert claimed is not None
    assert (claimed[Job.STATUS], claimed.time(Job.CLAIMED_ON)) == (Status.IN_PROGRESS, BEGIN)
    assert claimed.etag not in (None, etag)
    with pytest.raises(PreconditionFailed):
        await dataverse.update(Update(JOBS, job, values, etag))
    assert claimed.etag is not None
    assert await dataverse.update(Update(JOBS, job, {Job.CLAIMED_ON: None}, claimed.etag)) is None
    assert await dataverse.update(Update(JOBS, job, {Job.RESULT_CODE: "OK"}, ANY)) is None


async def test_an_update_never_creates(dataverse: DataverseClient) -> None:
    """Neither with `ANY` nor with an etag does a row appear."""
    nobody = uuid4()
    for condition in (ANY, 'W/"1"'):
        with pytest.raises(RowGone):
            await dataverse.update(Update(JOBS, nobody, {Job.NAME: "x"}, condition))
    with pytest.raises(RowGone):
        await dataverse.retrieve(Retrieve(JOBS, nobody, (Job.ID,)))


async def test_upsert(dataverse: DataverseClient) -> None:
    """Creates, then changes the same row."""
    await dataverse.upsert(automation(1))
    await dataverse.upsert(Upsert(Automation.SET, automation(1).key, {Automation.NAME: "new"}))
    rows = await dataverse.query(Query(Automation.SET, (Automation.NAME, Automation.KEY)))
    assert [(row[Automation.NAME], row[Automation.KEY]) for row in rows] == [("new", f"a{1:064x}")]


async def test_collisions(dataverse: DataverseClient) -> None:
    """A primary key and an alternate key that are taken."""
    person, *_ = await contacts(dataverse)
    post = Create(
        Post.SET,
        {
            Post.ID: uuid4(),
            Post.TEXT: "Started",
            Post.SOURCE: Post.SOURCE_AUTO,
            f"{Post.regarding('contact')}@odata.bind": f"/contacts({person})",
        },
    )
    assert await dataverse.create(post) == post.chosen_id
    with pytest.raises(DuplicateRow):
        await dataverse.create(post)
    await dataverse.upsert(automation(1))
    with pytest.raises(DuplicateRow):
        await dataverse.create(Create(Automation.SET, {**automation(1).values, **automation(1).key}))


async def test_a_note(dataverse: DataverseClient) -> None:
    """What stands in for a post."""
    person, *_ = await contacts(dataverse)
    note = {
        Note.ID: uuid4(),
        Note.SUBJECT: "a",
        Note.TEXT: "b",
        f"{Note.regarding('contact')}@odata.bind": f"/contacts({person})",
    }
    assert await dataverse.create(Create(Note.SET, note)) == note[Note.ID]


async def test_filters_and_pages(dataverse: DataverseClient, control: Control) -> None:
    """Every kind of filter we build is understood, and pages are followed to their end."""
    await dataverse.batch([automation(number) for number in range(7)])
    name, code = Automation.NAME, Automation.CODE
    wanted = {
        odata.eq(name, "🚀 Welcome & 'friends' 3"): 1,
        odata.ne(code, "code/3"): 6,
        odata.eq(code, None): 0,
        odata.is_in(code, [f"code/{number}" for number in (1, 2, 99)]): 2,
        odata.all_of(
            odata.eq("statecode", 0), odata.any_of(odata.eq(code, "code/1"), odata.eq(code, "code/2"))
        ): 2,
        odata.ge("createdon", BEGIN.replace(year=2000)): 7,
        odata.lt("createdon", BEGIN.replace(year=2000)): 0,
        odata.any_of(odata.gt("statuscode", 1), odata.le("statuscode", 0)): 0,
    }
    for text, count in wanted.items():
        assert count == len(await dataverse.query(Query(Automation.SET, (name,), filter=text))), text
    paged = Query(Automation.SET, (code,), order_by=(f"{code} desc",), page_size=3, count=True)
    assert [row[code] for row in await dataverse.query(paged)] == [f"code/{n}" for n in (6, 5, 4, 3, 2, 1, 0)]
    first = await dataverse.first_page(paged)
    assert (len(first.rows), first.count, first.more) == (3, 7, True)
    assert len(await dataverse.query(Query(Automation.SET, (code,), page_size=2, max_rows=3))) == 3
    assert len(await dataverse.query(Query(Automation.SET, (code,), top=2))) == 2
    journal = await control.journal()
    assert ("GET", 200) in journal
    assert all(status in (200, 204) for _, status in journal)


async def test_long_lists(dataverse: DataverseClient) -> None:
    """A list of ids that no address carries."""
    job = await new_job(dataverse)
    query = Query(JOBS, (Job.ID,), filter=odata.is_in(Job.ID, [*(uuid4() for _ in range(500)), job]))
    assert [row.id(Job.ID) for row in await dataverse.query(query)] == [job]


async def test_batch(dataverse: DataverseClient) -> None:
    """Reads, guarded writes, creates and upserts together, each with its own answer."""
    job, other = await new_job(dataverse), await new_job(dataverse)
    etag = (await dataverse.retrieve(Retrieve(JOBS, job, (Job.ID,)))).etag
    assert etag is not None
    outcomes = await dataverse.batch(
        [
            Update(JOBS, job, {Job.STATE: 0, Job.STATUS: Status.IN_PROGRESS}, etag, returning=(Job.STATUS,)),
            Update(JOBS, job, {Job.STATUS: Status.IN_PROGRESS}, etag),
            Update(JOBS, uuid4(), {Job.NAME: "x"}, ANY),
            Update(JOBS, other, {Job.NAME: "x"}, ANY),
            Query(JOBS, (Job.ID,), page_size=1),
            Retrieve(JOBS, other, (Job.NAME,)),
            automation(1),
            Create(Automation.SET, {**automation(1).values, **automation(1).key}),
            Update(JOBS, other, {"no_such_column": 1}, ANY),
        ]
    )
    claimed, stale, gone, plain, page, retrieved, upserted, duplicate, wrong = outcomes
    assert isinstance(claimed, Answered)
    assert claimed.row is not None
    assert claimed.row[Job.STATUS] == Status.IN_PROGRESS
    assert claimed.row.etag not in (None, etag)
    assert isinstance(page, Answered)
    assert (len(page.rows), page.more) == (1, True)
    assert isinstance(retrieved, Answered)
    assert retrieved.row is not None
    assert retrieved.row[Job.NAME] == "x"
    assert [type(one) for one in (plain, upserted)] == [Answered, Answered]
    assert [type(one) for one in (stale, gone, duplicate, wrong)] == [
        PreconditionFailed,
        RowGone,
        DuplicateRow,
        Rejected,
    ]


async def test_wrong_paths_and_columns(dataverse: DataverseClient) -> None:
    """A missing table is a matter of configuration, a missing column a mistake."""
    with pytest.raises(WrongPath):
        await dataverse.query(Query("no_such_sets", ("a",)))
    with pytest.raises(WrongPath):
        await dataverse.update(Update("no_such_sets", uuid4(), {}, ANY))
    with pytest.raises(WrongPath):
        await dataverse.create(Create("no_such_sets", {}))
    with pytest.raises(Rejected):
        await dataverse.query(Query(JOBS, ("no_such_column",)))


async def test_a_lead_that_is_not_there(dataverse: DataverseClient) -> None:
    """A row bound to a row that does not exist."""
    with pytest.raises(RowGone):
        await new_job(dataverse, **{f"{Job.LEAD_LEAD}@odata.bind": f"/leads({uuid4()})"})


async def test_tokens(sandbox: str, control: Control, http: httpx.AsyncClient, clock: StillClock) -> None:
    """A token the sandbox did not give is refused, also a second time."""
    assert control is not None
    tokens = CountingTokens()
    client = DataverseClient(sandbox, tokens, http, clock=clock)
    with pytest.raises(NotAllowed):
        await client.who_am_i()
    assert tokens.renewals == 1


async def test_a_401_in_between(dataverse: DataverseClient, control: Control) -> None:
    """Renewed and carried out, alone and within a batch."""
    await control.fault("GET /WhoAmI", "status", status=401)
    assert (await dataverse.who_am_i()).int
    await control.fault("GET /WhoAmI", "status", status=401, times=2)
    with pytest.raises(NotAllowed):
        await dataverse.who_am_i()
    await control.fault(f"PATCH /{Automation.SET}", "status", status=401, times=1)
    assert [type(one) for one in await dataverse.batch([automation(1), automation(2)])] == [
        Answered,
        Answered,
    ]


@pytest.mark.parametrize(
    ("fault", "waits"),
    [
        ({"kind": "status", "status": 429, "retry_after": "7"}, 7.0),
        ({"kind": "status", "status": 503, "retry_after": "7"}, 7.0),
        ({"kind": "status", "status": 503}, 0.0),
        ({"kind": "status", "status": 500}, 0.0),
        ({"kind": "drop_before"}, 0.0),
        ({"kind": "drop_after"}, 0.0),
        ({"kind": "half_body"}, 0.0),
        ({"kind": "html"}, 0.0),
    ],
)
async def test_faults_are_outlasted(
    dataverse: DataverseClient, control: Control, clock: StillClock, fault: dict[str, Any], waits: float
) -> None:
    """Any single failure of a keyed write is repeated; the row is right afterwards."""
    await control.fault(f"PATCH /{Automation.SET}", **fault)
    await dataverse.upsert(automation(1))
    assert len(clock.slept) == 1
    assert waits <= clock.slept[0] <= waits + 1
    assert len(await dataverse.query(Query(Automation.SET, (Automation.ID,)))) == 1


async def test_an_answer_lost_after_the_effect(dataverse: DataverseClient, control: Control) -> None:
    """The repeated claim meets itself, which only reading the row can tell."""
    job = await new_job(dataverse)
    etag = (await dataverse.retrieve(Retrieve(JOBS, job, (Job.ID,)))).etag
    assert etag is not None
    await control.fault(f"PATCH /{JOBS}", "drop_after")
    with pytest.raises(PreconditionFailed):
        await dataverse.update(Update(JOBS, job, {Job.CLAIM_TOKEN: "mine"}, etag))
    assert (await dataverse.retrieve(Retrieve(JOBS, job, (Job.CLAIM_TOKEN,))))[Job.CLAIM_TOKEN] == "mine"


@pytest.mark.parametrize(
    ("status", "retry_after", "kinds", "sends"),
    [
        (429, "1", [Answered, Answered], 2),
        (503, "1", [Answered, Answered], 2),
        (500, None, [MayHaveBeenCarriedOut, Answered], 1),
        (429, "600", [NotCarriedOut, Answered], 1),
    ],
)
async def test_faults_of_single_parts(
    *,
    dataverse: DataverseClient,
    control: Control,
    status: int,
    retry_after: str | None,
    kinds: list[type[DataverseError | Answered]],
    sends: int,
) -> None:
    """Throttled parts are sent again, broken ones keep their answer."""
    more = {} if retry_after is None else {"retry_after": retry_after}
    await control.fault(f"PATCH /{Automation.SET}", "status", status=status, **more)
    outcomes = await dataverse.batch([automation(1), automation(2)])
    assert kinds == [type(one) for one in outcomes]
    assert sends == len([entry for entry in await control.journal() if entry[0] == "POST"])


async def test_a_whole_batch_throttled(
    dataverse: DataverseClient, control: Control, clock: StillClock
) -> None:
    """Waited for and sent again whole."""
    await control.fault("POST /$batch", "status", status=429, retry_after="5")
    assert [type(one) for one in await dataverse.batch([automation(1), automation(2)])] == [
        Answered,
        Answered,
    ]
    assert 5.0 <= clock.slept[0] <= 5.5
