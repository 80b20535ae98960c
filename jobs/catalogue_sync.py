"""How does the catalogue in Dataverse follow Spotler's lists?"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from dataverse import (
    Answered,
    Create,
    DataverseClient,
    DataverseError,
    DuplicateRow,
    PreconditionFailed,
    Query,
    Rejected,
    Row,
    Update,
)
from dataverse.tables import Automation as Table
from dataverse.tables import AutomationStatus, Kind
from jobs import result_codes as codes
from jobs.catalogue import Change, Entry, Known, difference, entries, published_state, unfit
from jobs.catalogue_notes import Broken, CatalogueNotes
from jobs.catalogue_report import FieldChanges, broken_in_words, field_changes, fields_in_words
from jobs.events import Events
from jobs.language import Language
from jobs.texts import units
from jobs.verdicts import CallReport, Verdict, of_error
from jobs.wording import cause
from spotler import MayHaveBeenCarriedOut, NotCarriedOut, SpotlerClient, SpotlerError
from wire.clock import Clock

READS = 3
"""A list is asked for at most this often; reading twice does no harm."""

LONGEST_WAIT = 10.0
"""Where Spotler asks for more, the list counts as unreadable for now."""

REFRESH_SECONDS = 120.0
"""A refresh as a whole is cut off after this long; what was written stays written."""

_COLUMNS: Final = (
    Table.ID,
    Table.NAME,
    Table.KIND,
    Table.CODE,
    Table.EXTERNAL_ID,
    Table.KEY,
    Table.FIELD_TEMPLATE,
    Table.STATE,
)


@dataclass(frozen=True, slots=True)
class SyncReport:
    """What a sync did; names are labels of automations and campaigns.

    Attributes:
        failed: kinds whose list could not be read, or was empty, with the result code of the reason.
        refused: kinds whose withdrawals were refused, because they were more than half.
        skipped: entries that no row can hold, or that Dataverse refused for good.
        empty: kinds whose list was empty although some are published; none of them was withdrawn.
        renames: names before and now, in the order of `renamed`.
        fields: how lists of fields changed, in the order of `fields_changed`.
        broken: unfinished starts that the changes break.
    """

    added: tuple[str, ...] = ()
    renamed: tuple[str, ...] = ()
    fields_changed: tuple[str, ...] = ()
    deactivated: tuple[str, ...] = ()
    reactivated: tuple[str, ...] = ()
    unchanged: int = 0
    failed: tuple[tuple[Kind, str], ...] = ()
    refused: tuple[Kind, ...] = ()
    skipped: tuple[str, ...] = ()
    empty: tuple[Kind, ...] = ()
    renames: tuple[tuple[str, str], ...] = ()
    fields: tuple[tuple[str, FieldChanges], ...] = ()
    broken: Broken = field(default_factory=Broken)

    @property
    def complete(self) -> bool:
        """Both lists were read and followed."""
        return not self.failed and not self.refused

    def as_json(self, language: Language) -> dict[str, object]:
        """The report for a machine, with its sentences for people as `message`."""
        return {
            "message": sentences(self, language),
            "added": list(self.added),
            "renamed": list(self.renamed),
            "fieldsChanged": list(self.fields_changed),
            "deactivated": list(self.deactivated),
            "reactivated": list(self.reactivated),
            "unchanged": self.unchanged,
            "failed": [{"kind": kind.name, "reason": code} for kind, code in self.failed],
            "refused": [kind.name for kind in self.refused],
            "skipped": list(self.skipped),
            "empty": [kind.name for kind in self.empty],
            "renames": [{"from": before, "to": now} for before, now in self.renames],
            "fields": [{"automation": name, **changes.as_json()} for name, changes in self.fields],
            "brokenJobs": [
                {"id": str(job.id), "automation": job.label, "reason": job.reason.value}
                for job in self.broken.jobs
            ],
            "brokenJobsComplete": self.broken.whole,
        }


class ListsUnavailable(Exception):  # noqa: N818 - named for what the caller meets
    """Neither of Spotler's lists could be read; `report` says why, and nothing was changed."""

    def __init__(self, report: CallReport) -> None:
        super().__init__(report.code)
        self.report = report


@dataclass(frozen=True, slots=True)
class CatalogueSync:
    """Brings the catalogue up to date; running twice at once or again does no harm.

    Attributes:
        quoting: whether Automation Fields may hold values in double quotes.
        max_length: most characters of one value in them.
    """

    spotler: SpotlerClient
    dataverse: DataverseClient
    clock: Clock
    events: Events
    language: Language
    quoting: bool = False
    max_length: int = 4000

    async def run(self, *, force: bool = False) -> SyncReport:
        """Read both lists, compare, and write the differences only.

        An empty or failed list never withdraws anything. A list that would withdraw more than half
        of a catalogue that is not small withdraws nothing, unless forced.

        Raises:
            ListsUnavailable: neither list could be read.
            DataverseError: the catalogue could not be read or written; what was written is right.
            TimeoutError: it took longer than `REFRESH_SECONDS`.
        """
        async with asyncio.timeout(REFRESH_SECONDS):
            return await self._run(force=force)

    async def _run(self, *, force: bool) -> SyncReport:
        automations = await self._list(self.spotler.list_automations)
        campaigns = await self._list(self.spotler.list_campaigns)
        failed = [
            (kind, read.code)
            for kind, read in ((Kind.AUTOMATION, automations), (Kind.CAMPAIGN, campaigns))
            if isinstance(read, CallReport)
        ]
        if isinstance(automations, CallReport) and isinstance(campaigns, CallReport):
            self.events.error("catalogue_unread", code=automations.code)
            raise ListsUnavailable(automations)
        wanted = entries(
            () if isinstance(automations, CallReport) else automations,
            () if isinstance(campaigns, CallReport) else campaigns,
        )
        skipped = [entry.name for entry in wanted if unfit(entry)]
        wanted = [entry for entry in wanted if not unfit(entry)]
        known = [read for row in await self._rows() if (read := _known(row)) is not None]
        listed = frozenset(entry.kind for entry in wanted)
        plan = difference(wanted, known, listed=listed, force=force)
        notes = CatalogueNotes(self.dataverse, self.events, self.language, self.quoting, self.max_length)
        broken = await notes.broken(plan.changes)
        await notes.write(plan.changes, broken)
        skipped += await self._write(plan.changes)
        report = SyncReport(
            added=_names(change for change in plan.changes if change.added),
            renamed=_names(change for change in plan.changes if change.renamed),
            fields_changed=_names(change for change in plan.changes if change.fields_changed),
            deactivated=_names(change for change in plan.changes if change.deactivated),
            reactivated=_names(change for change in plan.changes if change.reactivated),
            unchanged=plan.unchanged,
            failed=tuple(failed),
            refused=plan.refused,
            skipped=tuple(skipped),
            empty=tuple(
                kind
                for kind in Kind
                if kind not in listed
                and kind not in {one for one, _ in failed}
                and any(row.entry.kind is kind and row.entry.published for row in known)
            ),
            renames=tuple(
                (change.row.entry.name, change.entry.name)
                for change in plan.changes
                if change.renamed and change.row is not None
            ),
            fields=tuple(
                (change.entry.name, field_changes(change.row.entry.template, change.entry.template))
                for change in plan.changes
                if change.fields_changed and change.row is not None
            ),
            broken=broken,
        )
        self.events.info(
            "catalogue_synced",
            changes=len(plan.changes),
            added=len(report.added),
            renamed=len(report.renamed),
            fields_changed=len(report.fields_changed),
            withdrawn=len(report.deactivated),
            published_again=len(report.reactivated),
            broken_jobs=len(broken.jobs),
            broken_jobs_complete=broken.whole,
            unchanged=plan.unchanged,
            failed=len(failed),
            refused=len(plan.refused),
            skipped=len(skipped),
        )
        return report

    async def as_call(self) -> CallReport:
        """The same for a job with the operation Refresh Automations: its report as a verdict."""
        try:
            report = await self.run()
        except ListsUnavailable as unavailable:
            return unavailable.report
        except (DataverseError, TimeoutError) as error:
            self.events.warning("refresh_unfinished", error=type(error).__name__)
            return CallReport(Verdict.REFUSED, codes.DATAVERSE_UNAVAILABLE)
        refusals = tuple(code for _, code in report.failed)
        if report.refused:
            refusals = (*refusals, codes.CATALOGUE_REFUSED)
        detail = sentences(report, self.language)
        return CallReport(
            Verdict.DONE, refusals[0] if refusals else codes.OK, refusals=refusals, detail=detail
        )

    async def _list[T](self, read: Callable[[], Awaitable[tuple[T, ...]]]) -> tuple[T, ...] | CallReport:
        for turn in range(READS):
            try:
                return await read()
            except SpotlerError as error:
                if not await self._again(error, turn):
                    return _of_read(error)
        raise AssertionError("the last turn returns")

    async def _again(self, error: SpotlerError, turn: int) -> bool:
        if turn + 1 == READS or not isinstance(error, NotCarriedOut | MayHaveBeenCarriedOut):
            return False
        asked = error.retry_after if isinstance(error, NotCarriedOut) else None
        wait = max(2.0**turn, asked or 0.0)
        if wait > LONGEST_WAIT:
            return False
        await self.clock.sleep(wait)
        return True

    async def _rows(self) -> list[Row]:
        return await self.dataverse.query(Query(Table.SET, _COLUMNS, max_rows=100_000))

    async def _write(self, changes: Sequence[Change]) -> list[str]:
        """Write the changes; gives the names of those that Dataverse refuses for good."""
        refused: list[str] = []
        if not changes:
            return refused
        answers = await self.dataverse.batch([_operation(change) for change in changes])
        for change, answer in zip(changes, answers, strict=True):
            match answer:
                case Answered() | DuplicateRow() | PreconditionFailed():
                    continue  # another sync was quicker, and it read the same lists
                case Rejected():
                    self.events.error("catalogue_row_refused", status=answer.status, code=answer.code)
                    refused.append(change.entry.name)
                case _:
                    raise answer
        return refused


def _of_read(error: SpotlerError) -> CallReport:
    """The verdict on a read: one that is unclear has simply not worked, because reading does no harm."""
    report = of_error(error, repeated_stop=False)
    if report.verdict is Verdict.UNCLEAR:
        return CallReport(Verdict.REFUSED, codes.SPOTLER_UNAVAILABLE)
    return report


def _known(row: Row) -> Known | None:
    identifier, kind = row.id(Table.ID), row.get(Table.KIND)
    if identifier is None or row.etag is None or kind not in tuple(Kind):
        return None
    entry = Entry(
        Kind(kind),
        str(row.get(Table.CODE) or ""),
        str(row.get(Table.EXTERNAL_ID) or ""),
        str(row.get(Table.NAME) or ""),
        row.get(Table.FIELD_TEMPLATE) or None,
        published=row.get(Table.STATE) == published_state(published=True),
    )
    return Known(identifier, row.etag, entry, str(row.get(Table.KEY) or ""))


def _operation(change: Change) -> Create | Update:
    entry = change.entry
    published = entry.published and not change.deactivated
    values: dict[str, object] = {
        Table.NAME: entry.name,
        Table.KIND: int(entry.kind),
        Table.CODE: entry.code,
        Table.EXTERNAL_ID: entry.external_id,
        Table.FIELD_TEMPLATE: entry.template,
    }
    if change.row is None:
        # The id follows from the key, so that creating it again after a lost answer finds it there.
        identifier = UUID(hex=entry.key[1:33])
        return Create(Table.SET, {Table.ID: str(identifier), Table.KEY: entry.key, **values})
    if change.deactivated or change.reactivated:
        status = AutomationStatus.PUBLISHED if published else AutomationStatus.WITHDRAWN
        values |= {Table.STATE: int(published_state(published=published)), Table.STATUS: int(status)}
    return Update(Table.SET, change.row.id, values, if_match=change.row.etag)


def _names(changes: Iterable[Change]) -> tuple[str, ...]:
    return tuple(change.entry.name for change in changes)


_PARTS: Final = {
    "en": (
        ("added", "added"),
        ("renamed", "renamed"),
        ("fields_changed", "fields changed"),
        ("deactivated", "withdrawn"),
        ("reactivated", "published again"),
    ),
    "nl": (
        ("added", "toegevoegd"),
        ("renamed", "hernoemd"),
        ("fields_changed", "velden gewijzigd"),
        ("deactivated", "ingetrokken"),
        ("reactivated", "opnieuw gepubliceerd"),
    ),
}
_REST: Final = {"en": "{count} unchanged", "nl": "{count} ongewijzigd"}
_FAILED: Final = {
    (Kind.AUTOMATION, "en"): "The automations could not be read: {cause}",
    (Kind.AUTOMATION, "nl"): "De automations konden niet worden gelezen: {cause}",
    (Kind.CAMPAIGN, "en"): "The campaigns could not be read: {cause}",
    (Kind.CAMPAIGN, "nl"): "De campagnes konden niet worden gelezen: {cause}",
}
_EMPTY: Final = {
    (Kind.AUTOMATION, "en"): "Spotler listed no automation at all, so none was withdrawn.",
    (Kind.AUTOMATION, "nl"): "Spotler gaf helemaal geen automation, dus is er geen ingetrokken.",
    (Kind.CAMPAIGN, "en"): "Spotler listed no campaign at all, so none was withdrawn.",
    (Kind.CAMPAIGN, "nl"): "Spotler gaf helemaal geen campagne, dus is er geen ingetrokken.",
}
_SKIPPED: Final = {
    "en": "{count} could not be taken over, because their ids or names cannot be stored ({names}).",
    "nl": "{count} konden niet worden overgenomen, omdat hun id's of namen niet kunnen worden opgeslagen ({names}).",
}
_SHOWN: Final = (10, 5, 2, 1, 0)
"""Names shown of each change; fewer where the sentences would not fit."""

LENGTH: Final = 3500
"""Most UTF-16 units of the sentences, as far as names make them long; a result message has room for more."""


def sentences(report: SyncReport, language: Language) -> str:
    """The report for people: what breaks first, then the first names of each change; no name of a job."""
    told = ""
    for shown in _SHOWN:
        told = _sentences(report, language, shown)
        if units(told) <= LENGTH:
            break
    return told


def _sentences(report: SyncReport, language: Language, shown: int) -> str:
    parts: list[str] = []
    for part, word in _PARTS[language]:
        names = _in_words(report, part, language, shown)
        count = len(getattr(report, part))
        if count:
            listed = ", ".join(names) + (", …" if count > shown else "")
            parts.append(f"{count} {word} ({listed})" if shown else f"{count} {word}")
    parts.append(_REST[language].format(count=report.unchanged))
    told = [broken_in_words(report.broken.jobs, language, whole_list=report.broken.whole)]
    told += ["; ".join(parts) + "."]
    told += [_FAILED[kind, language].format(cause=cause(code, language)) for kind, code in report.failed]
    told += [_EMPTY[kind, language] for kind in report.empty]
    if report.skipped:
        listed = ", ".join(report.skipped[:shown]) or "…"
        told.append(_SKIPPED[language].format(count=len(report.skipped), names=listed))
    if report.refused:
        told.append(cause(codes.CATALOGUE_REFUSED, language))
    return " ".join(filter(None, told))


def _in_words(report: SyncReport, part: str, language: Language, shown: int) -> list[str]:
    match part:
        case "renamed" if report.renames:
            return [f"{before} → {now}" for before, now in report.renames[:shown]]
        case "fields_changed" if report.fields:
            told = [(name, fields_in_words(changes, language)) for name, changes in report.fields[:shown]]
            return [f"{name}: {words}" if words else name for name, words in told]
        case _:
            names: tuple[str, ...] = getattr(report, part)
            return list(names[:shown])
