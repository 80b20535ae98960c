"""Does everything of ours leave, and nothing else?"""

from __future__ import annotations

import asyncio
from uuid import uuid4

import pytest

from dataverse.tables import Job, Operation
from tests.dataverse.provisioning.site import Answers, Cut, Cutting, Deaf, Site, over


async def test_everything_leaves_and_nothing_else(site: Site) -> None:
    """The environment is as it was before, and can be installed into again."""
    before = await site.found()
    others = await site.rows("msdyn_postconfigs?$select=msdyn_postconfigid,msdyn_entityname")
    await site.apply("--application-id", str(uuid4()))
    ran = await site.remove()
    assert ran.code == 0, ran.complained
    assert await site.found() == before
    assert await site.rows("msdyn_postconfigs?$select=msdyn_postconfigid,msdyn_entityname") == others
    assert (await site.remove()).code == 0
    assert (await site.apply()).code == 0


async def test_what_would_go_is_told_with_the_number_of_rows(site: Site) -> None:
    """Before the question; whoever does not confirm loses nothing."""
    await site.apply()
    for name in ("one", "two"):
        body = {Job.NAME: name, Job.OPERATION: int(Operation.REFRESH_AUTOMATIONS)}
        await site.send("POST", Job.SET, body)
    before = await site.changes()
    person = Answers(interactive=True, answers=["yes"])
    refused = await site.run("remove", terminal=person)
    assert refused.code == 1
    assert "2 rows of spotler_job go with it." in refused.said
    assert "table Spotler Job (spotler_job)" in refused.said
    for options in ([], ["--yes-remove", "elsewhere"]):
        assert (await site.run("remove", *options)).code == 2
    assert await site.changes() == before
    confirming = Answers(interactive=True, answers=["127.0.0.1"])
    assert (await site.run("remove", terminal=confirming)).code == 0


@pytest.mark.parametrize("after", [True, False], ids=["after its effect", "before its effect"])
async def test_cut_off_at_every_deletion_and_run_again(site: Site, *, after: bool) -> None:
    """Run after run is ended at its second deletion; at last nothing is left."""
    before = await site.found()
    await site.apply()
    runs = 0
    while True:
        runs += 1
        assert runs < 30
        try:
            ran = await site.remove(http=over(Cutting(1, after=after)))
        except Cut:
            continue
        break
    assert ran.code == 0, ran.complained
    assert runs > 4
    assert await site.found() == before


async def test_every_answer_gets_lost(site: Site) -> None:
    """A deletion that is repeated finds nothing left to delete."""
    before = await site.found()
    await site.apply()
    ran = await site.remove(http=over(Deaf()))
    assert ran.code == 0, ran.complained
    assert await site.found() == before


async def test_two_administrators_at_once(site: Site) -> None:
    """Both come to the end."""
    before = await site.found()
    await site.apply()
    ran = await asyncio.gather(site.remove(), site.remove())
    assert [one.code for one in ran] == [0, 0], [one.complained for one in ran]
    assert await site.found() == before


async def test_an_unfinished_installation_can_be_removed(site: Site) -> None:
    """Wherever it was cut off."""
    before = await site.found()
    for changes in (1, 3, 25, 50):
        with pytest.raises(Cut):
            await site.apply(http=over(Cutting(changes, after=True)))
        assert (await site.remove()).code == 0
        assert await site.found() == before


async def test_what_others_made_depend_on_ours_stays_with_it(site: Site) -> None:
    """A lookup of theirs to our table: the refusal says what to do, and a later run finishes."""
    await site.apply()
    crm = "Microsoft.Dynamics.CRM"
    words = {
        "@odata.type": f"{crm}.Label",
        "LocalizedLabels": [
            {"@odata.type": f"{crm}.LocalizedLabel", "Label": "Automation", "LanguageCode": 1033}
        ],
    }
    relationship = {
        "@odata.type": f"{crm}.OneToManyRelationshipMetadata",
        "SchemaName": "spotler_contact_automation",
        "ReferencedEntity": "spotler_automation",
        "ReferencedAttribute": "spotler_automationid",
        "ReferencingEntity": "contact",
        "CascadeConfiguration": {
            "Assign": "NoCascade",
            "Delete": "RemoveLink",
            "Merge": "NoCascade",
            "Reparent": "NoCascade",
            "Share": "NoCascade",
            "Unshare": "NoCascade",
        },
        "Lookup": {
            "@odata.type": f"{crm}.LookupAttributeMetadata",
            "SchemaName": "spotler_FavouriteId",
            "DisplayName": words,
            "RequiredLevel": {"Value": "None"},
        },
    }
    await site.send("POST", "RelationshipDefinitions", relationship)
    ran = await site.remove()
    assert ran.code == 3
    assert "Show dependencies" in ran.complained
    await site.send(
        "DELETE", "EntityDefinitions(LogicalName='contact')/Attributes(LogicalName='spotler_favouriteid')"
    )
    assert (await site.remove()).code == 0
