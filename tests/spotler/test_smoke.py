"""The smoke test tells an administrator what is wrong and what mends it, and nothing that is private."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import pytest

from spotler import Contract
from spotler.__main__ import USAGE, main
from spotler.contract import GUESSES
from spotler.smoke import Firing, shown, smoke
from tests.spotler.described import OF_2022, OTHERWISE
from tests.spotler.served import KEY, SECRET, Reply, Served, answer, client_of, drop, serving

LIST = json.dumps(
    [
        {
            "id": "a",
            "name": "Invoice",
            "published": True,
            "triggers": [
                {"code": "c1", "label": "From CRM", "fields": [{"name": "f", "type": "URL"}, {"name": "g"}]},
                {"code": "c2", "label": "Bare"},
            ],
        },
        {"id": "b", "name": "Draft", "published": False, "triggers": [{"code": "c3", "fields": []}]},
        {"name": "no id"},
    ]
)
CAMPAIGNS = (
    '[{"encryptedId": "x", "name": "Sale", "active": true, "triggers": [{"encryptedId": "t", "name": "T"}]}]'
)
STARTED = '{"result": "OK", "automationResults": [{"automationId": "a", "result": "OK", "automationContactId": 41}]}'
CONTACT = "kim@example.org"


@pytest.fixture
async def served() -> AsyncIterator[Served]:
    """A Spotler that is as guessed and publishes no description."""
    async with serving() as served:
        served.replies = {
            "api-docs": answer(404),
            "api-docs/automation": answer(404),
            "automation/list": answer(200, LIST),
            "campaign/list": answer(200, CAMPAIGNS),
            "automation/trigger/c1": answer(200, STARTED),
        }
        yield served


async def told(served: Served, firing: Firing | None = None, **contract: str) -> tuple[bool, str]:
    """Verdict and text."""
    lines: list[str] = []
    async with client_of(served, Contract.overridden(contract)) as client:
        usable = await smoke(client, lines.append, firing)
    text = "\n".join(lines)
    assert not any(secret in text for secret in (KEY, SECRET, CONTACT))
    return usable, text


async def test_a_spotler_as_guessed(served: Served) -> None:
    """Everything that is set up is listed, every guess has its line, nothing is started."""
    usable, text = await told(served)
    assert usable
    assert "Automations: 2 listed, 1 of them published." in text
    assert "Invoice (published)" in text
    assert "trigger From CRM, code c1, fields f=URL, g=?" in text
    assert "trigger Bare, code c2, fields not told" in text
    assert "trigger Draft, code c3, fields none" in text
    assert "1 more had no id or code" in text
    assert "Campaigns: 1 listed, 1 of them active." in text
    assert "trigger T, id t" in text
    assert "publishes none" in text
    assert all(f" {name} = " in text for name in GUESSES)
    assert {asked.method for asked in served.asked} == {"GET"}
    assert text.endswith("Spotler can be worked with as it is set up.")


async def test_a_description_is_taken_into_account(served: Served) -> None:
    """With the description of 2022 nothing turns wrong."""
    served.replies["api-docs"] = answer(200, '{"apis": [{"path": "/automation"}]}')
    served.replies["api-docs/automation"] = answer(200, json.dumps(OF_2022))
    usable, text = await told(served)
    assert usable
    assert "found, 1 resources, 1 calls for automations" in text


async def test_wrong_guesses_are_told_with_the_setting_that_mends_them(served: Served) -> None:
    """By a description alone, where the list itself could not be found."""
    served.replies["api-docs/automation"] = answer(200, json.dumps(OTHERWISE))
    served.replies["automation/list"] = answer(404)
    usable, text = await told(served)
    assert not usable
    assert "Set SPOTLER_CONTRACT_AUTOMATION_LIST_PATH=automation/all" in text
    assert "Set SPOTLER_CONTRACT_AUTOMATION_FIELDS=fields" in text
    assert text.endswith("Something has to be mended first; see above.")


async def test_a_list_that_does_not_fit_is_told(served: Served) -> None:
    """An answer came, but under other names."""
    served.replies["automation/list"] = answer(200, '{"items": [{"uuid": "a"}]}')
    usable, text = await told(served)
    assert not usable
    assert "Set SPOTLER_CONTRACT_AUTOMATION_LIST_ARRAY=items" in text
    usable, text = await told(served, automation_list_array="items")
    assert not usable
    assert "Set SPOTLER_CONTRACT_AUTOMATION_ID=uuid" in text
    usable, text = await told(served, automation_list_array="items", automation_id="uuid")
    assert usable


async def test_a_list_that_is_bare_where_a_member_was_set(served: Served) -> None:
    """The remedy is to empty the setting, and the dash that does so is explained."""
    usable, text = await told(served, automation_list_array="items")
    assert not usable
    assert "Set SPOTLER_CONTRACT_AUTOMATION_LIST_ARRAY=- (that empties it)" in text


async def test_several_candidates_are_left_to_a_person(served: Served) -> None:
    """A guess is not replaced by another guess."""
    served.replies["automation/list"] = answer(200, '[{"uuid": "a", "publicId": "b"}]')
    _, text = await told(served)
    assert "members seen are uuid, publicId" in text
    assert "Set SPOTLER_CONTRACT_AUTOMATION_ID to what fits." in text


async def test_a_trigger_fires_once_and_confirms_the_run_id(served: Served) -> None:
    """One POST, for the contact that was named."""
    usable, text = await told(served, Firing("c1", CONTACT))
    assert usable
    assert "Trigger: started 1, refused 0." in text
    assert "run 41" in text
    assert "confirmed       run_id" in text
    (posted,) = [asked for asked in served.asked if asked.method == "POST"]
    assert json.loads(posted.body) == {"externalContactId": CONTACT}


async def test_a_run_without_an_id_is_told(served: Served) -> None:
    """It started, but a single run cannot be stopped later."""
    served.replies["automation/trigger/c1"] = answer(200, "")
    usable, text = await told(served, Firing("c1", CONTACT))
    assert usable
    assert "Spotler named no run" in text


@pytest.mark.parametrize(
    ("reply", "sentence"),
    [
        (answer(401), "Spotler refused the key."),
        (answer(404, '{"result": "CONTACT_NOTFOUND"}'), "does not know this contact"),
        (answer(404, '{"result": "TRIGGER_NOTFOUND"}'), "understood and refused: TRIGGER_NOTFOUND."),
        (
            answer(417, '{"automationResults": [{"result": "PARTICIPATION_LIMIT_REACHED"}]}'),
            "nothing started. Spotler understood and refused: PARTICIPATION_LIMIT_REACHED.",
        ),
        (answer(404), "does not fit the address or the contract"),
        (answer(429), "asks to come back later"),
        (drop, "nobody can tell whether a run started"),
    ],
)
async def test_a_trigger_that_fails_is_explained(served: Served, reply: Reply, sentence: str) -> None:
    """Cause and remedy in plain words."""
    served.replies["automation/trigger/c1"] = reply
    usable, text = await told(served, Firing("c1", CONTACT))
    assert not usable
    assert sentence in text


async def test_failures_of_the_lists_are_explained(served: Served) -> None:
    """Each by itself; the rest goes on."""
    served.replies["campaign/list"] = answer(403)
    served.replies["automation/list"] = answer(500, "<html>Kim</html>", "text/html")
    served.replies["api-docs"] = drop
    usable, text = await told(served)
    assert not usable
    assert "Campaigns: not listed. Spotler refused the key." in text
    assert "Automations: not listed. Spotler gave no answer that can be relied on." in text
    assert "Description of the API: not read." in text
    assert "Kim" not in text


def test_names_cannot_command_a_terminal() -> None:
    """They come from elsewhere."""
    assert shown("a\x1b[2Jb\r\nc\x9b") == "a [2Jb c "
    assert len(shown("x" * 500)) == 80


KEYS = {"SPOTLER_KEY": "k", "SPOTLER_SECRET": "s"}


@pytest.mark.parametrize(
    ("arguments", "environment", "told_of"),
    [
        ([], KEYS, "command"),
        (["smoke", "--trigger", "c"], KEYS, "--trigger and --contact"),
        (["smoke", "--contact", "x"], KEYS, "--trigger and --contact"),
        (["smoke", "--trigger", "", "--contact", "x"], KEYS, "--trigger and --contact"),
        (["smoke", "--secret", "s"], KEYS, "--secret"),
        (["smoke"], {"SPOTLER_KEY": "k"}, "SPOTLER_SECRET"),
        (["smoke"], KEYS | {"SPOTLER_CONTRACT_NOPE": "x"}, "SPOTLER_CONTRACT_NOPE"),
        (["smoke"], KEYS | {"SPOTLER_CONTRACT_RUN_STOP_PATH": "a b"}, "SPOTLER_CONTRACT_RUN_STOP_PATH"),
        (["smoke"], KEYS | {"SPOTLER_URL": "nowhere"}, "address of Spotler"),
        (["smoke", "--url", "ftp://x"], KEYS, "address of Spotler"),
    ],
)
def test_usage(
    arguments: list[str],
    environment: dict[str, str],
    told_of: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A command that cannot be carried out ends with 2 before anything is sent."""
    monkeypatch.setattr("sys.stdin.isatty", lambda: False, raising=False)
    with pytest.raises(SystemExit) as raised:
        main(arguments, environment)
    assert raised.value.code == USAGE
    assert told_of in capsys.readouterr().err


def test_a_secret_that_is_missing_is_typed_unseen(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """At a terminal only; what is typed is used and not shown."""
    asked: list[str] = []

    def typed(prompt: str) -> str:
        asked.append(prompt)
        return "typed-secret"

    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("getpass.getpass", typed)
    assert main(["smoke", "--url", "http://nowhere.invalid"], {}) == 1
    assert asked == ["SPOTLER_KEY: ", "SPOTLER_SECRET: "]
    assert "typed-secret" not in "".join(capsys.readouterr())
