"""What can a caller do about a call to Spotler that did not simply succeed?

SpotlerError
├── NotCarriedOut            surely not carried out: ask again later
├── MayHaveBeenCarriedOut    nobody can tell: repeat only what may happen twice
├── Refused                  understood and refused: asking again will not help
├── CredentialsRefused       key, secret or licence must be mended
└── WrongPath                address or contract must be mended
"""

from __future__ import annotations

from spotler import codes
from spotler.models import AutomationResult


class SpotlerError(Exception):
    """A call to Spotler that did not simply succeed.

    Its text names status, code and request id and never holds a payload, an address or personal data.

    Attributes:
        detail: what happened, in fixed words of ours.
        status: of the answer; None where there was none.
        code: Spotler's own word, spelled as Spotler spells it; None where it gave none.
        request_id: of the answer, for a question to Spotler's support.
    """

    def __init__(
        self,
        detail: str,
        *,
        status: int | None = None,
        code: str | None = None,
        request_id: str | None = None,
    ) -> None:
        super().__init__(detail, status, code, request_id)
        self.detail = detail
        self.status = status
        self.code = code
        self.request_id = request_id

    def __str__(self) -> str:
        answered = " ".join(str(part) for part in (self.status, self.code) if part is not None)
        text = f"{self.detail} (Spotler answered {answered})" if answered else self.detail
        return f"{text}, request id {self.request_id}" if self.request_id else text


class NotCarriedOut(SpotlerError):  # noqa: N818 - named for what the caller knows
    """Surely not carried out: no connection, 429, or 503 with Retry-After. Repeating is safe.

    Attributes:
        retry_after: seconds that Spotler asks to wait, without a ceiling; None where it does not say.
    """

    def __init__(
        self,
        detail: str,
        *,
        status: int | None = None,
        code: str | None = None,
        request_id: str | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(detail, status=status, code=code, request_id=request_id)
        self.retry_after = retry_after


class MayHaveBeenCarriedOut(SpotlerError):  # noqa: N818 - the same
    """Nobody can tell whether it was carried out. A start must not be repeated, a stop or a read may be.

    A read time-out, a dropped connection, half an answer, the overall cut, 408, 500, 502, 503 without
    Retry-After, 504, BACKEND_EXCEPTION, and a success that cannot be read or contradicts itself.
    """


class Refused(SpotlerError):  # noqa: N818 - the same
    """Understood and refused; asking again will not help.

    Attributes:
        results: what each automation answered, where one trigger code reaches several.
        reasons: the distinct words of `results` other than OK, in Spotler's order.
    """

    def __init__(
        self,
        detail: str,
        *,
        status: int | None = None,
        code: str | None = None,
        request_id: str | None = None,
        results: tuple[AutomationResult, ...] = (),
    ) -> None:
        super().__init__(detail, status=status, code=code, request_id=request_id)
        self.results = results
        self.reasons = tuple(
            dict.fromkeys(one.result for one in results if not codes.same(one.result, codes.OK))
        )

    @property
    def contact_missing(self) -> bool:
        """Whether Spotler does not know the contact; true for both spellings of the code."""
        return codes.same(self.code, codes.CONTACT_NOTFOUND)


class CredentialsRefused(SpotlerError):  # noqa: N818 - the same
    """401 or 403: key or secret are wrong, or the account lacks the Automation or eCommerce product."""


class WrongPath(SpotlerError):  # noqa: N818 - the same
    """The address, or a name in the contract, does not fit this Spotler: a setting must be mended.

    404 and 405 without a known code, redirects, 501, and lists whose items hold nothing that the
    contract names. Never a sign that a contact or an automation does not exist.
    """
