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
    """The page in a browser, by what people read on it.

    Attributes:
        errors: exceptions of its scripts.
        outside: requests to anywhere but the console.
    """

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
        """Open the page and wait until the form knows whom there is."""
        self.page.goto(f"{self.addresses.console}/#{view}")
        expect(self.page.locator("#spotler_customerid option", has_text="Kim Jansen")).to_have_count(1)

    def go(self, view: str) -> None:
        """Choose a view in the head of the page."""
        self.page.get_by_role("link", name=view).click()

    @property
    def jobs(self) -> Locator:
        """The rows of the list of jobs, newest first."""
        return self.page.locator("[data-job]")

    @property
    def fields(self) -> Locator:
        """The Automation Fields."""
        return self.page.get_by_label("Automation Fields", exact=True)

    @property
    def runs(self) -> Locator:
        """The runs at Spotler, newest first."""
        return self.page.locator("[data-run]")

    @property
    def timeline(self) -> Locator:
        """The entries of the Timeline that is shown."""
        return self.page.locator("#timeline li:not(.empty)")

    def choose(self, label: str, option: str) -> None:
        """Choose an option of a list by its label."""
        self.page.get_by_label(label, exact=True).select_option(label=option)

    def press(self, name: str) -> None:
        """Press a button."""
        self.page.get_by_role("button", name=name, exact=True).click()

    def save(self) -> Locator:
        """Press Save; gives the row of the job once it is in the list."""
        known = {row.get_attribute("data-job") for row in self.jobs.all()}
        self.press("Save")
        fresh = self.jobs.first
        for job in known:
            expect(fresh).not_to_have_attribute("data-job", job or "")
        expect(fresh).to_be_visible()
        return self.page.locator(f'[data-job="{fresh.get_attribute("data-job")}"]')

    def new(self, operation: str) -> None:
        """Leave what the form shows for a new job."""
        self.page.locator("#clear").click()
        self.choose("Operation", operation)

    def start(self, customer: str, automation: str, fields: str | None = None) -> Locator:
        """Save a job that starts an automation; gives its row. With `fields` it must list some."""
        self.new("Start Automation")
        self.choose("Customer", customer)
        self.choose("Automation", automation)
        if fields is not None:
            expect(self.fields).not_to_have_value("")
            self.fields.fill(fields)
        return self.save()

    def switch(self, name: str) -> Locator:
        """A fault that can be switched on."""
        return self.page.get_by_role("switch", name=name)


def expect_status(row: Locator, status: str) -> None:
    """Wait until a job or run shows this state."""
    expect(row.locator(".status")).to_have_text(status, timeout=WAIT)


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
