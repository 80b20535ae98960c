"""Names of views and forms are written in every language; English is what readers see, once published."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.dataverse.platform import part
from sandbox.dataverse.platform.labels import Labels
from tests.sandbox.dataverse.platform.administrator import made, make_table, publish
from tests.sandbox.dataverse.service import NOBODY, Client

KIND = "Microsoft.Dynamics.CRM.LocalizedLabel"


def label(text: str, code: int) -> dict[str, Any]:
    """A label in one language."""
    return {"@odata.type": KIND, "Label": text, "LanguageCode": code}


async def view_of(admin: Client) -> dict[str, Any]:
    """The view of active rows."""
    [view] = await admin.rows("savedqueries?$filter=name eq 'Active Things'")
    return view


def naming(view: dict[str, Any], **other: Any) -> dict[str, Any]:
    """The body of `SetLocLabels` for a view's name."""
    moniker = {"@odata.type": "Microsoft.Dynamics.CRM.savedquery", "savedqueryid": view["savedqueryid"]}
    labels = [label("Things at work", 1033), label("Actieve dingen", 1043)]
    return {"EntityMoniker": moniker, "AttributeName": "name", "Labels": labels} | other


async def test_every_language_is_kept(admin: Client) -> None:
    """And the environment's own becomes the name."""
    await make_table(admin)
    view = await view_of(admin)
    made(await admin("POST", "SetLocLabels", naming(view)))
    assert (await view_of(admin))["savedqueryid"] == view["savedqueryid"]
    await publish(admin, tables=("acme_thing",))
    seen = (await admin("GET", f"savedqueries({view['savedqueryid']})")).json()
    assert seen["name"] == "Things at work"
    store = admin.service.store
    row = part.row_of(store, "savedquery", view["savedqueryid"])
    assert row is not None
    assert Labels(store).told(row, "name") == {1033: "Things at work", 1043: "Actieve dingen"}
    made(await admin("POST", "SetLocLabels", naming(view, Labels=[label("Andere", 1043)])))
    assert Labels(store).told(row, "name") == {1033: "Things at work", 1043: "Andere"}


@pytest.mark.parametrize(
    ("wrong", "status"),
    [
        ({"AttributeName": "fetchxml"}, 400),
        ({"Labels": []}, 400),
        ({"Labels": ["x"]}, 400),
        ({"Labels": [label("", 1033)]}, 400),
        ({"Labels": [label("Aktive", 1031)]}, 400),
        ({"EntityMoniker": {"savedqueryid": NOBODY}}, 400),
        (
            {"EntityMoniker": {"@odata.type": "#Microsoft.Dynamics.CRM.savedquery", "savedqueryid": NOBODY}},
            400,
        ),
        ({"EntityMoniker": {"@odata.type": "Microsoft.Dynamics.CRM.contact", "contactid": NOBODY}}, 501),
    ],
)
async def test_labels_refused(admin: Client, wrong: dict[str, Any], status: int) -> None:
    """Unknown rows, columns and languages."""
    await make_table(admin)
    view = await view_of(admin)
    assert (await admin("POST", "SetLocLabels", naming(view, **wrong))).status_code == status
