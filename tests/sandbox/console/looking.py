"""How does a person find their way on the console page?"""

from __future__ import annotations

import json
import urllib.request
from typing import Any

from playwright.sync_api import Locator, Page, expect

from sandbox.world import FUNCTION_KEY, Addresses

SECONDS = 20
WAIT = SECONDS * 1000


class Console:
    """The page in a browser, by what people read on it; `wire` is what happens below."""

    def __init__(self, page: Page, addresses: Addresses) -> None:
        self.page = page
        self.addresses = addresses
        self.errors: list[str] = []
        self.outside: list[str] = []
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("request", lambda request: self._note(request.url))

    def _note(self, url: str) -> None:
        if not url.startswith(self.addresses.console):
            self.outside.append(url)

    def open(self, view: str = "jobs") -> None:
        """Open the page and wait until the form knows whom and what there is."""
        self.page.goto(f"{self.addresses.console}/#{view}")
        expect(self.page.locator("#customer option", has_text="Kim Jansen")).to_have_count(1)

    @property
    def jobs(self) -> Locator:
        """The rows of the list of jobs, newest first."""
        return self.page.locator("[data-job]")

    @property
    def newest(self) -> Locator:
        """The job saved last."""
        return self.jobs.first

    def choose(self, label: str, option: str) -> None:
        """Choose an option of the job form."""
        self.page.locator("#job-form").get_by_label(label, exact=True).select_option(label=option)

    @property
    def fields(self) -> Locator:
        """The Automation Fields."""
        return self.page.get_by_label("Automation Fields", exact=True)

    def save(self) -> None:
        """Press Save and wait until the job is in the list."""
        before = self.jobs.count()
        self.page.get_by_role("button", name="Save", exact=True).click()
        expect(self.jobs).to_have_count(before + 1)

    def start(self, customer: str, automation: str, fields: str) -> Locator:
        """Save a job that starts an automation; gives its row."""
        self.choose("Operation", "Start Automation")
        self.choose("Customer", customer)
        self.choose("Automation", automation)
        self.fields.fill(fields)
        self.save()
        return self.newest

    def expect_status(self, row: Locator, status: str) -> None:
        """Wait until a row shows a status reason."""
        expect(row.locator(".chip")).to_have_text(f"{status}", use_inner_text=False, timeout=WAIT)


def reset(addresses: Addresses) -> None:
    """Bring the parts back to their seed data; the queues first, they speak of rows that will be gone."""
    for root in (addresses.control, addresses.spotler, addresses.dataverse):
        call("POST", f"{root}/_sandbox/reset")


def refresh_catalogue(addresses: Addresses) -> None:
    """Fetch the catalogue from Spotler."""
    call("POST", f"{addresses.functions}/api/catalogue/refresh?code={FUNCTION_KEY}")


def call(method: str, url: str, body: object = None) -> Any:
    """What a part answers to a direct request, as JSON."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(  # noqa: S310 - addresses of the sandbox
        url, data, {"Content-Type": "application/json"}, method=method
    )
    with urllib.request.urlopen(request, timeout=SECONDS) as answer:  # noqa: S310 - likewise
        text = answer.read()
    return json.loads(text) if text else None
