"""Does the XML of a form say what the description says, and is drift told from the platform's own additions?"""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataverse.description.automation import AUTOMATION
from dataverse.description.installed import TABLES
from dataverse.description.job import JOB
from dataverse.description.parts import Cell, Form, Section, Table, Words
from dataverse.provisioning import form_xml
from dataverse.provisioning.languages import Languages
from dataverse.tables import Automation, Job

BOTH = Languages(1033, frozenset({1033, 1043}))
ENGLISH = Languages(1033, frozenset({1033}))


def parsed(table: Table, languages: Languages = BOTH) -> ET.Element:
    """The form as elements."""
    return ET.fromstring(form_xml.render(table, languages))  # noqa: S314 - written by ourselves


def labels(element: ET.Element) -> dict[str | None, str | None]:
    """Text by language code of the labels right below an element."""
    return {one.get("languagecode"): one.get("description") for one in element.findall("labels/label")}


def controls(section: ET.Element) -> list[tuple[str | None, str | None]]:
    """Columns of a section and whether each is disabled."""
    return [(one.get("datafieldname"), one.get("disabled")) for one in section.iter("control")]


def test_the_form_of_a_job() -> None:
    """Sections and controls that the form script and people find by name."""
    root = parsed(JOB)
    [tab] = root.findall("tabs/tab")
    assert (tab.get("name"), labels(tab)) == ("general", {"1033": "Job", "1043": "Job"})
    left, right = tab.findall("columns/column")
    assert (left.get("width"), right.get("width")) == ("60%", "40%")
    found = {section.get("name"): controls(section) for section in root.iter("section")}
    assert found == {
        "what": [("spotler_operation", "false"), ("spotler_automationid", "false")],
        "whom": [("spotler_customerid", "false"), ("spotler_leadid", "false")],
        "fields": [("spotler_automationfields", "false"), ("spotler_force", "false")],
        "runs": [("spotler_automationcontactid", "false")],
        "result": [
            ("statuscode", "true"),
            ("spotler_resultcode", "true"),
            ("spotler_resultmessage", "true"),
            ("spotler_completedon", "true"),
        ],
        "details": [
            ("spotler_name", "false"),
            ("ownerid", "false"),
            ("createdon", "true"),
            ("spotler_attempts", "true"),
            ("spotler_retryon", "true"),
            ("spotler_sequence", "true"),
        ],
    }
    assert [section.get("name") for section in left.iter("section")] == ["what", "whom", "fields", "runs"]


def test_controls_by_kind_of_column() -> None:
    """The platform shows a column by the class id of its control."""
    found = {
        control.get("datafieldname"): control.get("classid")
        for table in (JOB, AUTOMATION)
        for control in parsed(table).iter("control")
    }
    assert {name: found[name] for name in (Job.OPERATION, Automation.KIND)} == dict.fromkeys(
        (Job.OPERATION, Automation.KIND), "{3EF39988-22BB-4F0B-BBBE-64B5A3748AEE}"
    )
    rows = (Job.AUTOMATION_COLUMN, Job.CUSTOMER_COLUMN, Job.LEAD_COLUMN, "ownerid")
    assert {found[name] for name in rows} == {"{270BD3DB-D9AF-4782-9025-509E298DEC0A}"}
    memos = (Job.AUTOMATION_FIELDS, Job.RESULT_MESSAGE, Automation.FIELD_TEMPLATE)
    assert {found[name] for name in memos} == {"{E0DECE4B-6FC8-4A8F-A065-082708572369}"}
    lines = (Job.NAME, Job.RESULT_CODE, Job.AUTOMATION_CONTACT_ID, Job.SEQUENCE, Automation.CODE)
    assert {found[name] for name in lines} == {"{4273EDBD-AC1D-40D3-9FB2-095C621B552D}"}
    moments = (Job.RETRY_ON, Job.COMPLETED_ON, Job.CREATED_ON)
    assert {found[name] for name in moments} == {"{5B773807-9FB2-42DB-97C3-7A91EFF8ADFF}"}
    assert {found[name] for name in (Job.FORCE, Automation.HOLD)} == {
        "{67FAC785-CD58-4F9F-ABB3-4B7DDC6ED5ED}"
    }
    assert found[Job.ATTEMPTS] == "{C6D124CA-7EDA-4A60-AEA9-7FB8D318B68F}"
    assert found[Job.STATUS] == "{5D68B988-0661-4DB2-BC3E-17598AD3BE6C}"


def test_a_control_is_called_as_its_column() -> None:
    """The script asks for controls by the names of columns."""
    for table in TABLES:
        for control in parsed(table).iter("control"):
            if control.get("id") != form_xml.TIMELINE:
                assert control.get("id") == control.get("datafieldname")


def test_notes_are_shown_where_rows_can_have_them() -> None:
    """A note on a row that shows none would be found by nobody; the control has no column."""
    for table in TABLES:
        shown = [one.attrib for one in parsed(table).iter("control") if one.get("id") == form_xml.TIMELINE]
        control = {"id": "notescontrol", "classid": "{06375649-C143-495E-A496-C962E5B4488E}"}
        assert shown == ([control] if table.notes else [])


def test_cells_carry_the_labels_of_their_columns() -> None:
    """Ours from the description, the platform's own as Dynamics calls them."""
    root = parsed(JOB)
    found = {
        control.get("id"): labels(cell) for cell in root.iter("cell") for control in cell.findall("control")
    }
    assert found["spotler_operation"] == {"1033": "Operation", "1043": "Bewerking"}
    assert found["ownerid"] == {"1033": "Owner", "1043": "Eigenaar"}
    assert {len(one) for one in found.values()} == {2}


def test_a_high_cell_has_rows_below_it() -> None:
    """A cell of eight rows covers seven empty ones; without them it would cover its neighbours."""
    [section] = [one for one in parsed(JOB).iter("section") if one.get("name") == "fields"]
    first, *covered, below = section.findall("rows/row")
    assert [cell.get("rowspan") for cell in first] == ["8"]
    assert [len(row) for row in covered] == [0] * 7
    assert len(below) == 1


def test_one_handler_is_registered_and_its_library_is_loaded() -> None:
    """The script registers all others, with the context that it works on."""
    root = parsed(JOB)
    [library] = root.findall("formLibraries/Library")
    assert library.get("name") == "spotler_/job_form.js"
    [event] = root.findall("events/event")
    assert (event.get("name"), event.get("active")) == ("onload", "true")
    [handler] = event.findall("Handlers/Handler")
    assert {
        name: value for name, value in handler.items() if name not in {"handlerUniqueId", "parameters"}
    } == {
        "functionName": "SpotlerJobs.form.onLoad",
        "libraryName": "spotler_/job_form.js",
        "enabled": "true",
        "passExecutionContext": "true",
    }
    assert parsed(AUTOMATION).find("events") is None
    assert parsed(AUTOMATION).find("formLibraries") is None


def test_ids_are_valid_different_and_the_same_each_time() -> None:
    """An id that changed would look like drift; one that occurs twice is refused."""
    names = ("id", "libraryUniqueId", "handlerUniqueId")
    ids = [
        value
        for table in TABLES
        for element in parsed(table).iter()
        if element.tag != "control"
        for name, value in element.items()
        if name in names
    ]
    assert len(ids) == len(set(ids))
    assert {f"{{{UUID(one)}}}" for one in ids} == set(ids)
    for table in TABLES:
        assert form_xml.render(table, BOTH) == form_xml.render(table, BOTH)


def test_only_the_languages_of_the_environment() -> None:
    """A label in another language would be refused."""
    codes = {label.get("languagecode") for label in parsed(JOB, ENGLISH).iter("label")}
    assert codes == {"1033"}


def test_a_form_of_one_column_takes_the_whole_width() -> None:
    """No empty half."""
    narrow = replace(JOB, form=replace(JOB.form, right=()))
    assert [one.get("width") for one in parsed(narrow).iter("column")] == ["100%"]


def test_an_unknown_column_is_refused() -> None:
    """Dataverse would take the form and show nothing there."""
    form = Form(Words("F", "F"), Words("T", "T"), (Section("s", Words("S", "S"), (Cell("spotler_none"),)),))
    with pytest.raises(LookupError, match="spotler_job has no column spotler_none"):
        form_xml.render(replace(JOB, form=form), BOTH)


# XML 1.0 has no place for most control characters, in whatever form.
XML_TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Cn"]), max_size=30)


@given(XML_TEXT, XML_TEXT)
def test_any_words_survive(en: str, nl: str) -> None:
    """Markup characters, quotes and signs beyond the basic plane stay what they are."""
    table = replace(AUTOMATION, form=replace(AUTOMATION.form, tab=Words(en, nl)))
    [tab] = parsed(table).findall("tabs/tab")
    assert labels(tab) == {"1033": en, "1043": nl}
    assert form_xml.same(form_xml.render(table, BOTH), form_xml.render(table, BOTH))


OURS = form_xml.render(JOB, BOTH)


def changed(old: str, new: str, count: int = -1) -> str:
    """Our form with something else in it; fails where there is nothing to replace."""
    assert old in OURS
    return OURS.replace(old, new, count)


NO_DRIFT = {
    "as sent": OURS,
    "indented": changed("><", ">\n\t<"),
    "attributes in another order": changed('showbar="false" columns="1"', 'columns="1" showbar="false"'),
    "attributes added": changed("<section ", '<section IsUserDefined="0" labelwidth="115" '),
    "ids in capitals": changed(
        "4273EDBD-AC1D-40D3-9FB2-095C621B552D", "4273edbd-ac1d-40d3-9fb2-095c621b552d"
    ),
    "header and navigation added": changed("</tabs>", "</tabs><header id='{0}' /><Navigation />"),
    "top level in another order": "<form>"
    + OURS[OURS.index("<formLibraries>") : OURS.index("</form>")]
    + OURS[OURS.index("<tabs>") : OURS.index("</tabs>")]
    + "</tabs></form>",
    "another language added": changed("</labels>", '<label description="F" languagecode="1036" /></labels>'),
    "only the reader's language": form_xml.render(JOB, ENGLISH),
}

DRIFT = {
    "a control unlocked": changed(
        'datafieldname="statuscode" disabled="true"', 'datafieldname="statuscode" disabled="false"'
    ),
    "a label in other words": changed('description="Bewerking"', 'description="Actie"'),
    "a control taken away": changed("<control ", "<hidden ", 1),
    "an attribute taken away": changed(' passExecutionContext="true"', ""),
    "the library taken away": OURS[: OURS.index("<formLibraries>")] + OURS[OURS.index("<events>") :],
    "a handler added": changed("</Handlers>", "<Handler /></Handlers>"),
    "a handler switched off": changed('enabled="true"', 'enabled="false"'),
    "a row added": changed("</rows>", "<row /></rows>", 1),
    "no labels": changed("<labels>", "<labels /><old>", 1).replace("</labels>", "</old>", 1),
    "sections exchanged": changed('name="what"', 'name="x"').replace('name="whom"', 'name="what"'),
    "no XML": "form",
    "nothing": "",
    "another form": form_xml.render(AUTOMATION, BOTH),
}


@pytest.mark.parametrize("found", NO_DRIFT.values(), ids=NO_DRIFT)
def test_what_the_platform_makes_of_it_is_no_drift(found: str) -> None:
    """Nothing that somebody would have to repair."""
    assert form_xml.same(OURS, found)


@pytest.mark.parametrize("found", DRIFT.values(), ids=DRIFT)
def test_what_somebody_changed_is_drift(found: str) -> None:
    """Each of these makes the form look or work otherwise."""
    assert not form_xml.same(OURS, found)
