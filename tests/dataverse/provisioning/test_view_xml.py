"""Does the XML of a view say what the description says, and is drift told from the platform's own additions?"""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest

from dataverse.description.automation import AUTOMATION
from dataverse.description.installed import TABLES
from dataverse.description.job import JOB
from dataverse.description.parts import Table, View
from dataverse.provisioning import view_xml
from dataverse.tables import State

VIEWS = [(table, view) for table in TABLES for view in table.views]
MINE, FAILED = JOB.views


def test_my_open_jobs() -> None:
    """Two conditions, one of which has no value; newest first."""
    assert view_xml.fetch(JOB, MINE) == (
        '<fetch version="1.0" output-format="xml-platform" mapping="logical" distinct="false">'
        '<entity name="spotler_job"><attribute name="spotler_jobid" /><attribute name="spotler_name" />'
        '<attribute name="statuscode" /><attribute name="createdon" /><attribute name="spotler_retryon" />'
        '<attribute name="spotler_resultmessage" /><order attribute="createdon" descending="true" />'
        '<filter type="and"><condition attribute="ownerid" operator="eq-userid" />'
        '<condition attribute="statecode" operator="eq" value="0" /></filter></entity></fetch>'
    )


def test_one_of_several_values() -> None:
    """The operator `in` takes elements, not an attribute."""
    assert (
        '<condition attribute="statuscode" operator="in"><value>724000003</value><value>724000004</value>'
        "<value>724000005</value></condition>" in view_xml.fetch(JOB, FAILED)
    )


def test_the_layout_has_the_environments_type_code() -> None:
    """And the columns in their order and width."""
    assert view_xml.layout(AUTOMATION, AUTOMATION.views[0], 10_077) == (
        '<grid name="resultset" object="10077" jump="spotler_name" select="1" icon="1" preview="1">'
        '<row name="result" id="spotler_automationid"><cell name="spotler_name" width="300" />'
        '<cell name="spotler_kind" width="120" /><cell name="spotler_code" width="200" />'
        '<cell name="modifiedon" width="140" /></row></grid>'
    )


@pytest.mark.parametrize(("table", "view"), VIEWS)
def test_every_column_shown_is_read(table: Table, view: View) -> None:
    """A column that the layout shows and the query does not read stays empty; some id is always read."""
    fetch, layout = (
        ET.fromstring(xml)  # noqa: S314 - written by ourselves
        for xml in (view_xml.fetch(table, view), view_xml.layout(table, view, 1))
    )
    shown = {cell.get("name") for cell in layout.iter("cell")}
    read = [attribute.get("name") for attribute in fetch.iter("attribute")]
    assert shown | {f"{table.name}id"} == set(read)
    assert len(read) == len(set(read))
    assert [one.get("attribute") for one in fetch.iter("order")] == [view.order]


OURS = (
    '<grid name="resultset" object="10001"><row name="result" id="x"><cell name="a" width="1" /></row></grid>'
)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (OURS, True),
        (OURS.replace("><", ">\r\n  <"), True),
        (OURS.replace('name="resultset" object="10001"', 'object="10001" name="resultset"'), True),
        (OURS.replace("<cell ", '<cell disableSorting="0" '), True),
        (OURS.replace('width="1"', 'width="2"'), False),
        (OURS.replace('width="1" ', ""), False),
        (OURS.replace("</row>", '<cell name="b" width="1" /></row>'), False),
        (OURS.replace('<cell name="a" width="1" />', ""), False),
        (OURS.replace("grid", "table"), False),
        (OURS.replace('id="x">', 'id="x">words'), False),
        (OURS[:-1], False),
        ("", False),
    ],
)
def test_what_counts_as_drift(found: str, expected: bool) -> None:
    """White space, order and more attributes do not; another value, column or element does."""
    assert view_xml.same(OURS, found) is expected


def test_another_condition_is_drift() -> None:
    """A view that shows other rows is another view."""
    ours = view_xml.fetch(JOB, MINE)
    assert view_xml.same(ours, ours.replace("<entity", "\n  <entity").replace(" />", "/>"))
    assert not view_xml.same(
        ours, ours.replace(f'value="{int(State.ACTIVE)}"', f'value="{int(State.INACTIVE)}"')
    )
    failed = view_xml.fetch(JOB, FAILED)
    assert not view_xml.same(failed, failed.replace("<value>724000005</value>", ""))
    assert not view_xml.same(failed, failed.replace("724000005", "724000006"))
