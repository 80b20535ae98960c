"""Does one odd automation at Spotler keep the others out of the list?"""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from sandbox.scenario.dynamics import Dynamics
from sandbox.scenario.people import OFFERED
from tests.strangers.ground import Ground, driven

LONG = "a" * 201
SHARED = str(uuid4())

ODD: list[dict[str, Any]] = [
    *(
        {"label": label}
        for label in ("a\x0bb", "a\x00b", "a\ufffeb", "a\ud83d", "x" * 5000, "💥" * 150, "{0}%s")
    ),
    *({"code": code} for code in (LONG, "a\x0b", "a\ud83d", "..", "💥")),
    *({"id": automation} for automation in (LONG, "a\x0b", "..", ",")),
    *({"code": SHARED} for _ in range(8)),
    *({"fields": [{"name": name, "type": "STRING"}]} for name in ("a\x01", "a\ud83d", "a=b;c", "x" * 9000)),
    {"fields": [{"name": f"field{number}" + "x" * 90, "type": "STRING"} for number in range(1100)]},
]


def automation(number: int, odd: dict[str, Any]) -> dict[str, Any]:
    """An automation with one thing about it that is odd."""
    trigger = {"code": str(uuid4()), "label": f"Odd {number}", "fields": []}
    trigger |= {name: odd[name] for name in trigger if name in odd}
    return {"id": odd.get("id", str(uuid4())), "name": "Odd", "published": True, "triggers": [trigger]}


async def test_the_others_are_offered(services: Ground) -> None:
    """The sync ends, and everything that is as it should be stands in the list; so it is the second time."""
    await services.reset()
    odd = [automation(number, one) for number, one in enumerate(ODD)]
    async with driven(services) as driver, Dynamics(services.dataverse) as dynamics:
        await services.control(services.spotler, "POST", "seed", {"automations": odd})
        for _ in range(2):
            await driver.app.catalogue.run()
            assert set(await dynamics.catalogue()) >= OFFERED
