"""What does an answer mean for the caller?"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from http import HTTPStatus
from typing import Final, TypedDict

from spotler import codes, words
from spotler.contract import Contract
from spotler.errors import (
    CredentialsRefused,
    MayHaveBeenCarriedOut,
    NotCarriedOut,
    Refused,
    SpotlerError,
    WrongPath,
)
from spotler.models import AutomationResult, TriggerAnswer
from spotler.words import Form, Words
from wire.retry_after import retry_after

_REQUEST_ID_HEADERS: Final = ("X-Request-Id", "X-Correlation-Id", "Request-Id", "X-Amzn-Trace-Id", "CF-Ray")
_REQUEST_ID = re.compile(r"[A-Za-z0-9._:=;/+-]{1,128}", re.ASCII)


class _About(TypedDict):
    status: int
    code: str | None
    request_id: str | None


def classify(
    status: int, headers: Mapping[str, str], body: bytes, now: datetime, *, contract: Contract | None = None
) -> SpotlerError | None:
    """The error that an answer amounts to, or None where it is a success.

    The status decides first, Spotler's word second; words count without underscores and case. Bodies
    may be JSON of either of Spotler's forms, XML, HTML, anything else, or empty.

    Args:
        status: of the answer.
        headers: of the answer, looked up without regard to case.
        body: as received; all of it.
        now: an aware time, compared with a date in Retry-After.
        contract: where a run id is looked for; the default contract where None.
    """
    said = words.read(body, contract or Contract())
    about = _About(status=status, code=said.code, request_id=_request_id(headers))
    wait = retry_after(headers, now)
    if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        return CredentialsRefused("key, secret or licence were refused", **about)
    if codes.same(said.code, codes.BACKEND_EXCEPTION) and status != HTTPStatus.NOT_FOUND:
        return MayHaveBeenCarriedOut("Spotler failed while it worked on the request", **about)
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        return _judged_success(said, about)
    return _failure(said, wait, about)


def trigger_answer(body: bytes, contract: Contract) -> TriggerAnswer:
    """What a successful answer to a trigger says; to be asked only where `classify` found no error.

    An empty body, or JSON without results, counts as one start without a run id.
    """
    said = words.read(body, contract)
    first_run = said.run_ids[0] if said.run_ids else None
    return TriggerAnswer(said.results or (AutomationResult(None, codes.OK, first_run),), said.run_ids)


def _failure(said: Words, wait: float | None, about: _About) -> SpotlerError:
    status = about["status"]
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return NotCarriedOut("too many requests", retry_after=wait, **about)
    if status == HTTPStatus.SERVICE_UNAVAILABLE and wait is not None:
        return NotCarriedOut("not available now", retry_after=wait, **about)
    if _nothing_there(status, said.code):
        return WrongPath("Spotler offers no such call at this address", **about)
    if (
        HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR
        and status != HTTPStatus.REQUEST_TIMEOUT
    ):
        return _refused(said, about)
    return MayHaveBeenCarriedOut("Spotler failed while it worked on the request", **about)


def _nothing_there(status: int, code: str | None) -> bool:
    if status in {HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED}:
        return not codes.is_known(code)
    redirected = HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST
    return redirected or status == HTTPStatus.NOT_IMPLEMENTED


def _judged_success(said: Words, about: _About) -> SpotlerError | None:
    """A 2xx is a success only where nothing in its body says otherwise."""
    if said.form is Form.EMPTY:
        return None
    if said.form is not Form.JSON:
        return MayHaveBeenCarriedOut("a success was answered that cannot be read", **about)
    if said.garbled or said.error_type is not None:
        return _refusal_or_doubt(said, about)
    if said.result is None:
        return _refusal_or_doubt(said, about) if said.results and not said.any_started else None
    if codes.same(said.result, codes.OK):
        contradicted = said.results and not said.any_started
        return MayHaveBeenCarriedOut("the answer contradicts itself", **about) if contradicted else None
    return _refusal_or_doubt(said, about)


def _refusal_or_doubt(said: Words, about: _About) -> SpotlerError:
    refusals = (said.code,) if said.code else tuple(one.result for one in said.results)
    if said.garbled or not all(codes.is_refusal(code) for code in refusals):
        return MayHaveBeenCarriedOut("a success was answered with a word that is not understood", **about)
    return _refused(said, about)


def _refused(said: Words, about: _About) -> SpotlerError:
    if said.any_started:
        return MayHaveBeenCarriedOut("the answer contradicts itself", **about)
    return Refused("the request was refused", results=said.results, **about)


def _request_id(headers: Mapping[str, str]) -> str | None:
    found = (headers.get(name) for name in _REQUEST_ID_HEADERS)
    return next((text for text in found if text and _REQUEST_ID.fullmatch(text)), None)
