"""How do the figures of the status page look to a machine, and who wants them so?"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime

from dataverse.tables import Status
from jobs.language import Language
from jobs.status_figures import Catalogue, Count, Figures, Records, Sync, Trouble, Webhooks, calls
from jobs.texts import whole
from jobs.wording import cause


def wants_json(accept: str) -> bool:
    """Whether an `Accept` header names JSON and does not prefer HTML; who says nothing gets the page."""
    of_json = of_html = 0.0
    for one in accept.lower().split(","):
        kind, *parameters = (part.strip() for part in one.split(";"))
        weight = _weight(parameters)
        if kind in {"application/json", "application/*"}:
            of_json = max(of_json, weight)
        elif kind in {"text/html", "text/*", "application/xhtml+xml"}:
            of_html = max(of_html, weight)
    return of_json > of_html


def _weight(parameters: list[str]) -> float:
    for one in parameters:
        name, _, value = one.partition("=")
        if name.strip() == "q":
            try:
                return min(max(float(value), 0.0), 1.0)
            except ValueError:
                return 0.0
    return 1.0


def written(figures: Figures, language: Language) -> str:
    """`as_json` as a text that can be sent, also where a report holds half a character."""
    return whole(json.dumps(as_json(figures, language), ensure_ascii=False))


def as_json(figures: Figures, language: Language) -> dict[str, object]:
    """The figures with the names of `docs/status.md`; a part that is not known is null.

    Args:
        figures: as they were had.
        language: of causes and reports.
    """
    told = figures.records
    services = {"dataverse": told, "spotler": figures.spotler, "serviceBus": figures.queues}
    return {
        "version": figures.version,
        "readOn": _time(figures.read_on),
        "attention": [str(call) for call in calls(figures)],
        "services": {
            name: str(one) if isinstance(one, Trouble) else "reachable" for name, one in services.items()
        },
        "jobs": None if isinstance(told, Trouble) else _jobs(told, language),
        "queues": None
        if isinstance(figures.queues, Trouble)
        else {
            name: {
                "ready": _count(Count(depth.ready, depth.more)),
                "scheduled": _count(Count(depth.scheduled, depth.more)),
                "deadLetters": _count(Count(dead.ready + dead.scheduled, dead.more)),
            }
            for name, (depth, dead) in figures.queues.items()
        },
        "webhooks": None if isinstance(told, Trouble) else _webhooks(told.webhooks),
        "catalogue": None if isinstance(told, Trouble) else _catalogue(told.catalogue),
        "lastSyncHere": _sync(figures.sync_here),
    }


def _jobs(told: Records, language: Language) -> dict[str, object]:
    oldest = told.oldest
    return {
        "created": {str(window): _states(counts) for window, counts in told.created.items()},
        "open": _states(told.open),
        "oldest": None
        if oldest is None
        else {
            "job": str(oldest.job),
            "state": oldest.status.name,
            "since": _time(oldest.since),
            "code": oldest.code or None,
        },
        "failures": [
            {
                "code": one.code or None,
                "count": _count(one.count),
                "newest": _time(one.newest),
                "remedy": cause(one.code, language) if one.code else None,
            }
            for one in told.causes
        ],
        "failuresLookedAt": _count(told.looked_at),
    }


def _states(counts: Mapping[Status, Count]) -> dict[str, object]:
    return {status.name: _count(count) for status, count in counts.items()}


def _count(count: Count) -> dict[str, object]:
    return {"count": count.number, "orMore": count.or_more}


def _time(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")


def _webhooks(told: Webhooks | Trouble) -> dict[str, object] | None:
    if isinstance(told, Trouble):
        return None
    return {
        "failed": _count(told.failed),
        "newest": _time(told.newest) if told.newest is not None else None,
        "reasons": [
            {"reason": str(one.why), "status": one.answered, "count": _count(one.count)}
            for one in told.causes
        ],
    }


def _catalogue(told: Catalogue) -> dict[str, object]:
    return {
        "entries": _count(told.entries),
        "changedOn": _time(told.changed_on) if told.changed_on is not None else None,
        "lastSyncByJob": _sync(told.by_job),
    }


def _sync(sync: Sync | None) -> dict[str, object] | None:
    return None if sync is None else {"endedOn": _time(sync.ended_on), "report": sync.report}
