"""How does a person fill in the form of a job?"""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Locator, Page, expect

from tests.form.standin import Served, Standin


class FormPage:
    """The form in a browser, by what people read on it.

    Attributes:
        standin: what Dataverse answers, and what it was given.
        errors: exceptions of the page's scripts.
        expected_errors: those a test is about.
    """

    def __init__(self, page: Page, served: Served, standin: Standin) -> None:
        self.page = page
        self.served = served
        self.standin = standin
        self.errors: list[str] = []
        self.expected_errors: list[str] = []
        page.on("pageerror", lambda error: self.errors.append(error.message))

    def open(self) -> None:
        """Open the console and wait for its form."""
        self.page.goto(self.served.root)
        expect(self.column("Operation")).to_be_visible()

    def renew(self) -> None:
        """Leave whatever is open for a new job, in English, in a world where there are no jobs."""
        if self.dialog.count():
            self.page.reload()
        self.page.locator("#clear").click()
        self.column("Language of the form").select_option(label="English")
        expect(self.page.locator("#form-title")).to_have_text("New Spotler Job")

    def open_row(self, row_id: str) -> None:
        """Open a row that is there already, from the list."""
        self.page.locator(f'[data-job="{row_id}"]').get_by_role("button", name="Open").click()
        expect(self.page.locator('[data-section="result"]')).to_be_visible()

    def column(self, label: str) -> Locator:
        """The control with this label."""
        return self.page.get_by_label(label, exact=True)

    @property
    def fields(self) -> Locator:
        """The Automation Fields."""
        return self.column("Automation Fields")

    @property
    def saved(self) -> Locator:
        """What is said about saving."""
        return self.page.locator("#saved")

    @property
    def notice(self) -> Locator:
        """What the form says at its top."""
        return self.page.locator("#form-notifications p")

    @property
    def dialog(self) -> Locator:
        """The question that stands over the page."""
        return self.page.get_by_role("dialog")

    def note_on(self, column: str) -> Locator:
        """What is said beside a column, by its logical name."""
        return self.page.locator(f"#{column}-notices")

    def section(self, name: str) -> Locator:
        """A section by the name that scripts use."""
        return self.page.locator(f'[data-section="{name}"]')

    def choose(self, label: str, option: str) -> None:
        """Choose an option by its label."""
        self.column(label).select_option(label=option)

    def type_fields(self, text: str) -> None:
        """Replace the Automation Fields by typing, and leave the column."""
        self.fields.click()
        self.fields.press("Control+a")
        self.fields.press("Delete")
        self.page.keyboard.insert_text(text)
        self.fields.press("Tab")

    def start(self, automation: str, customer: str | None = "Kim Jansen") -> None:
        """Choose to start an automation for somebody."""
        self.choose("Operation", "Start Automation")
        if customer is not None:
            self.choose("Customer", customer)
        self.choose("Automation", automation)

    def press(self, name: str) -> None:
        """Press a button."""
        self.page.get_by_role("button", name=name, exact=True).click()

    def save(self) -> dict[str, Any]:
        """Save; gives what was written."""
        before = len(self.standin.written)
        self.press("Save")
        expect(self.saved).to_contain_text("Saved: ")
        (written,) = self.standin.written[before:]
        return written

    def save_in_vain(self) -> None:
        """Try to save what may not be saved."""
        before = len(self.standin.written)
        self.press("Save")
        expect(self.saved).to_contain_text("Not saved.")
        assert len(self.standin.written) == before
