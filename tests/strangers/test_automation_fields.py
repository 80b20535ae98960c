"""Whatever stands in Automation Fields: is the job interpreted, and is no value repeated?"""

from __future__ import annotations

import random
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dataverse import Row
from dataverse.tables import Automation, Job, Kind, Operation, Status
from jobs import result_codes as codes
from jobs.calls import InputRules, Interpretation, Refusal, StartAutomation, interpret
from jobs.rows import read_job
from jobs.verdicts import CallReport, Verdict
from tests.strangers.damage import damaged

PERSON = "22222222-0000-4000-8000-000000000001"
TEMPLATE = "invoiceEmail=STRING;invoiceCode=STRING;brochure=URL;crosssell={<PRODUCTLIST>}"
MARK = "92735551"
"""Part of every value; it begins with a digit, so it is never taken for a name."""

TRUE = (
    f"invoiceEmail={MARK}@example.org\r\ninvoiceCode=X {MARK}",
    f"crosssell={{{MARK},{MARK} b}};brochure=https://example.org/{MARK}?a=1",
    f'invoiceCode="{MARK};{MARK}"\ncrosssell={{"{MARK},"}}',
    f"invoiceEmail=;invoiceCode={MARK}",
)


def interpreted(
    fields: str | None, *, template: str | None = TEMPLATE, quoting: bool = False
) -> Interpretation:
    """What a start with these fields asks for."""
    row: dict[str, Any] = {
        "@odata.etag": 'W/"1"',
        Job.ID: str(UUID(int=1)),
        Job.STATUS: int(Status.QUEUED),
        Job.OPERATION: int(Operation.START_AUTOMATION),
        Job.CUSTOMER: PERSON,
        f"{Job.CUSTOMER}@Microsoft.Dynamics.CRM.lookuplogicalname": "contact",
        Job.LEAD: None,
        Job.AUTOMATION: str(UUID(int=2)),
        Job.AUTOMATION_AUTOMATION: {
            Automation.NAME: "🚀 Invoice",
            Automation.KIND: int(Kind.AUTOMATION),
            Automation.CODE: "code",
            Automation.EXTERNAL_ID: "id",
            Automation.FIELD_TEMPLATE: template,
        },
        Job.CREATED_ON: "2026-01-01T00:00:00Z",
        Job.AUTOMATION_FIELDS: fields,
        **dict.fromkeys((Job.CLAIMED_ON, Job.QUEUED_ON, Job.RETRY_ON, Job.COMPLETED_ON)),
    }
    return interpret(read_job(Row.read(row)), InputRules("en", {}, quoting=quoting, max_length=4000))


def told(meant: Interpretation) -> str:
    """What people and logs get to see of it."""
    detail = meant.call.detail if isinstance(meant.call, Refusal) else ""
    return f"{detail} {meant.notes} {meant.label}"


def sound(meant: Interpretation) -> None:
    """A call that can be sent, or a refusal with a sentence."""
    if isinstance(meant.call, Refusal):
        assert meant.call.code == codes.INVALID_AUTOMATION_FIELDS
        assert meant.call.detail.endswith((".", "?"))
    else:
        assert isinstance(meant.call, StartAutomation)
        assert all(field.values and field.name for field in meant.call.fields)
    report = CallReport(Verdict.FINAL, codes.OK, detail=told(meant))
    assert report.detail


TEXT = st.text(max_size=200) | st.lists(
    st.sampled_from(
        [
            *"=;,{}\"'\\\n\r\t &#",
            "\u2028",
            "\x00",
            "\ud83d",
            "🚀",
            "invoiceCode",
            "crosssell",
            "brochure",
            "STRING",
            "<URL>",
            "&amp;",
            "https://",
        ]
    ),
    max_size=40,
).map("".join)


@settings(max_examples=300, deadline=None)
@given(TEXT, st.sampled_from([TEMPLATE, None, "", "x", "a=STRING;a=URL"]) | TEXT, st.booleans())
def test_any_text_is_interpreted(fields: str, template: str | None, quoting: bool) -> None:
    """Never an exception, with any list of fields in the catalogue."""
    sound(interpreted(fields, template=template, quoting=quoting))


VALUE = st.text(st.characters(exclude_characters="=", exclude_categories=["Cs"]), max_size=12).map(
    lambda text: f"{text}{MARK}{text}"
)


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(
                ["invoiceEmail", "invoiceCode", "brochure", "crosssell", "invoiceMail", "x y", ""]
            ),
            VALUE,
        ),
        min_size=1,
        max_size=4,
    ),
    st.sampled_from([";", "\n", "\r\n", ";;", " ; "]),
    st.sampled_from(["{}={}", "{}={{{}}}", '{}="{}"', "{} {}", "{}={{{}"]),
    st.sampled_from([TEMPLATE, None]),
    st.booleans(),
)
def test_no_value_is_repeated(
    fields: list[tuple[str, str]], between: str, form: str, template: str | None, quoting: bool
) -> None:
    """Sentences name fields, lines and columns; what was filled in stays where it is."""
    meant = interpreted(between.join(form.format(*one) for one in fields), template=template, quoting=quoting)
    sound(meant)
    assert MARK not in told(meant)


@pytest.mark.parametrize("quoting", [False, True])
def test_damaged_texts(*, quoting: bool) -> None:
    """True texts with any damage that leaves no value before an equals sign."""
    bodies = [text.encode() for text in TRUE]
    chance = random.Random(3)
    for seed in range(400):
        text = damaged(seed, bodies).decode("utf-8", chance.choice(["replace", "surrogateescape"]))[:20_000]
        meant = interpreted(text, quoting=quoting)
        sound(meant)
        before_equals = {
            part.split(";")[-1].strip() for part in text.replace("\n", ";").replace("\r", ";").split("=")
        }
        if not any(MARK in name and name[:1].isalpha() for name in before_equals):
            assert MARK not in told(meant), (seed, told(meant))
