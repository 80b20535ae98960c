"""Web resources have their publisher's prefix and are served, without a token, once they are published."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from tests.sandbox.dataverse.platform.administrator import (
    IN_SOLUTION,
    SCRIPT,
    components,
    made,
    make_solution,
    publish,
)
from tests.sandbox.dataverse.service import NOBODY, Client, code

NAME = "acme_/scripts/form.js"
PATH = f"/WebResources/{NAME}"


def encoded(text: str) -> str:
    """Text as the column holds it."""
    return base64.b64encode(text.encode()).decode()


BODY: dict[str, Any] = {
    "webresourceid": SCRIPT,
    "name": NAME,
    "displayname": "Form",
    "webresourcetype": 3,
    "content": encoded("// één"),
}


async def test_it_is_served_as_it_was_published(admin: Client) -> None:
    """Neither before nor as it has been written since."""
    await make_solution(admin)
    made(await admin("POST", "webresourceset", BODY, **IN_SOLUTION))
    assert (61, SCRIPT) in await components(admin)
    [row] = await admin.rows(f"webresourceset?$filter=name eq '{NAME}'")
    assert row["content"] == encoded("// één")
    assert (await admin.http.get(PATH)).status_code == 404
    made(await admin("PATCH", f"webresourceset({SCRIPT})", {"content": encoded("// 2")}, If_Match="*"))
    await publish(admin, scripts=(SCRIPT,))
    answer = await admin.http.get(PATH)
    assert answer.text == "// 2"
    assert answer.headers["Content-Type"] == "text/javascript; charset=utf-8"
    made(await admin("PATCH", f"webresourceset({SCRIPT})", {"content": encoded("// 3")}, If_Match="*"))
    assert (await admin.http.get(PATH)).text == "// 2"
    assert (await admin("GET", f"webresourceset({SCRIPT})")).json()["content"] == encoded("// 2")
    made(await admin("POST", "PublishAllXml", {}))
    assert (await admin.http.get(PATH)).text == "// 3"
    made(await admin("DELETE", f"webresourceset({SCRIPT})"))
    assert (await admin.http.get(PATH)).status_code == 404


@pytest.mark.parametrize(
    ("wrong", "refusal"),
    [
        ({"name": "form.js"}, "0x80040203"),
        ({"name": "other_/form.js"}, "0x80044363"),
        ({"name": "new_/form.js"}, "0x80044363"),
        ({"name": "acme_//form.js"}, "0x80040203"),
        ({"name": "acme_/for m.js"}, "0x80040203"),
        ({"name": None}, "0x80040203"),
        ({"webresourcetype": None}, "0x80040203"),
        ({"webresourcetype": 99}, "0x8004431a"),
        ({"content": "not base64!"}, "0x80040203"),
    ],
)
async def test_web_resources_refused(admin: Client, wrong: dict[str, Any], refusal: str) -> None:
    """Names without the prefix of the solution's publisher, and content that is no base64."""
    await make_solution(admin)
    answer = await admin("POST", "webresourceset", BODY | wrong, **IN_SOLUTION)
    assert code(answer) == (400, refusal)


async def test_names_are_unique(admin: Client) -> None:
    """Without regard to case."""
    await make_solution(admin)
    made(await admin("POST", "webresourceset", BODY, **IN_SOLUTION))
    again = BODY | {"webresourceid": NOBODY, "name": NAME.upper()}
    assert (await admin("POST", "webresourceset", again)).status_code == 400


@pytest.mark.parametrize(
    ("parameter", "status"),
    [
        (None, 400),
        ("<importexportxml>", 400),
        ("<publish/>", 400),
        ("<importexportxml><tables/></importexportxml>", 400),
        ("<importexportxml><entities><entity>nothing</entity></entities></importexportxml>", 400),
        ("<importexportxml><entities><table>contact</table></entities></importexportxml>", 400),
        (
            f"<importexportxml><webresources><webresource>{NOBODY}</webresource></webresources></importexportxml>",
            400,
        ),
        ("<importexportxml><webresources><webresource>x</webresource></webresources></importexportxml>", 400),
        ("<importexportxml><ribbons><ribbon>x</ribbon></ribbons></importexportxml>", 501),
        ("<importexportxml><ribbons/><optionsets/><entities/></importexportxml>", 204),
    ],
)
async def test_what_is_published_must_be_there(admin: Client, parameter: str | None, status: int) -> None:
    """Unknown tables and web resources are refused, empty groups are not."""
    assert (await admin("POST", "PublishXml", {"ParameterXml": parameter})).status_code == status


async def test_a_refused_publication_publishes_nothing(admin: Client) -> None:
    """What stands before the unknown part neither."""
    await make_solution(admin)
    made(await admin("POST", "webresourceset", BODY, **IN_SOLUTION))
    parameter = (
        f"<importexportxml><webresources><webresource>{{{SCRIPT}}}</webresource></webresources><entities>"
        "<entity>nothing</entity></entities></importexportxml>"
    )
    assert (await admin("POST", "PublishXml", {"ParameterXml": parameter})).status_code == 400
    assert (await admin.http.get(PATH)).status_code == 404
