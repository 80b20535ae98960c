"""What happens when an administrator runs plan, apply, verify or remove?"""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import IntEnum
from typing import Final

import httpx

from dataverse.errors import DataverseError, NotAllowed, NotCarriedOut
from dataverse.provisioning import asked, environment, removing
from dataverse.provisioning.applying import Applier, InTheWay
from dataverse.provisioning.findings import Finding, Weight
from dataverse.provisioning.found import Found
from dataverse.provisioning.planning import Plan, plan
from dataverse.provisioning.sending import Sender
from dataverse.provisioning.signing_in import SignIn, tokens
from dataverse.provisioning.steps import needs_the_key
from dataverse.provisioning.telling import Console, Terminal
from dataverse.provisioning.wanted import Wanted, Wishes
from dataverse.provisioning.work import Secret
from dataverse.tokens import TokenSource
from wire.clock import Clock, SystemClock
from wire.quiet import quiet_loggers

_LONGEST_KEY: Final = 2048
"""Of a service endpoint's `authvalue` (table reference of serviceendpoint)."""


class Exit(IntEnum):
    """What the exit code says."""

    DONE = 0
    DIFFERENT = 1
    WRONG_USE = 2
    DATAVERSE = 3


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a run needs of the world around it."""

    terminal: Terminal = field(default_factory=Console)
    variables: Mapping[str, str] = field(default_factory=lambda: dict(os.environ), repr=False)
    clock: Clock = field(default_factory=SystemClock)
    http: Callable[[], httpx.AsyncClient] = httpx.AsyncClient
    sign_in: Callable[[str, SignIn, Clock], Awaitable[TokenSource]] = tokens


class _Refused(Exception):  # noqa: N818 - named for what is known
    """We do not go on; the text says why and what to do."""

    def __init__(self, text: str, code: Exit = Exit.DIFFERENT) -> None:
        super().__init__(text)
        self.code = code


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; the exit code."""
    given = asked.read(sys.argv[1:] if arguments is None else arguments)
    logging.basicConfig(level=logging.WARNING)
    quiet_loggers()
    # azure-identity tells at length which ways of signing in it tried, with ids of the tenant.
    logging.getLogger("azure").setLevel(logging.CRITICAL)
    try:
        return asyncio.run(run(given, Surroundings()))
    except KeyboardInterrupt:
        Console().complain("Interrupted. What was done stays; run the same command again to go on.")
        return Exit.DIFFERENT


async def run(given: argparse.Namespace, around: Surroundings) -> int:
    """Carry out one command; the exit code."""
    terminal = around.terminal
    try:
        async with around.http() as http:
            source = await around.sign_in(given.url, SignIn(given.sign_in), around.clock)
            wanted = Wanted.described()
            sender = Sender(given.url, source, http, clock=around.clock, solution=wanted.solution.unique_name)
            await sender.read("WhoAmI", "WhoAmI")
            work = {"plan": _plan, "apply": _apply, "verify": _verify, "remove": _remove}[given.command]
            return await work(given, around, sender, wanted)
    except _Refused as error:
        terminal.complain(str(error))
        return error.code
    except InTheWay as error:
        _tell(terminal.complain, "Refused, nothing more was written:", error.findings)
        return Exit.DIFFERENT
    except DataverseError as error:
        _tell_error(terminal, error)
        return Exit.DATAVERSE


async def _plan(given: argparse.Namespace, around: Surroundings, sender: Sender, wanted: Wanted) -> int:
    _, made = await _made(sender, wanted, _wishes(given))
    _tell_plan(around.terminal, made, given.url)
    return Exit.DONE if made.as_described else Exit.DIFFERENT


async def _verify(given: argparse.Namespace, around: Surroundings, sender: Sender, wanted: Wanted) -> int:
    _, made = await _made(sender, wanted, _wishes(given))
    say = around.terminal.say
    if made.steps:
        say("Missing, or not finished; apply would:")
        for step in made.steps:
            say(f"  - {step}")
    _tell(say, "In the way:", made.told(Weight.REFUSAL))
    _tell(say, "Different:", made.told(Weight.DIFFERENCE))
    _tell(say, "Worth knowing:", made.told(Weight.WARNING))
    say("Everything is as described." if made.as_described else "Not everything is as described.")
    return Exit.DONE if made.as_described else Exit.DIFFERENT


async def _apply(given: argparse.Namespace, around: Surroundings, sender: Sender, wanted: Wanted) -> int:
    terminal, wishes = around.terminal, _wishes(given)
    found, made = await _made(sender, wanted, wishes)
    _tell_plan(terminal, made, given.url)
    if made.refused:
        raise _Refused("Refused: nothing was written.")
    lacking = made.told(Weight.LACKING)
    if lacking:
        raise _Refused(f"Nothing was written. {lacking[0]}", Exit.WRONG_USE)
    if not made.steps:
        return Exit.DONE if made.as_described else Exit.DIFFERENT
    if not given.yes:
        _ask_to_go_on(terminal)
    key = _key(around) if any(needs_the_key(step) for step in made.steps) else None
    applier = Applier(sender, wanted, wishes, found, key=key, tell=terminal.say)
    left = await applier.apply(made)
    _tell(terminal.say, "Left to do by hand:", left)
    # What was carried out is believed when it is seen.
    _, after = await _made(sender, wanted, replace(wishes, new_key=False))
    if after.as_described:
        terminal.say("Done. Everything is as described.")
        return Exit.DONE
    terminal.say("Done, but not everything is as described: verify tells what.")
    return Exit.DIFFERENT


async def _remove(given: argparse.Namespace, around: Surroundings, sender: Sender, wanted: Wanted) -> int:
    terminal, name = around.terminal, asked.environment_name(given.url)
    found = await environment.read(sender, wanted, None)
    departure = removing.plan(wanted, found)
    _tell(terminal.say, "Stays:", _of(departure.findings, Weight.WARNING))
    refusals = _of(departure.findings, Weight.REFUSAL)
    if refusals:
        _tell(terminal.complain, "Refused, nothing was deleted:", refusals)
        return Exit.DIFFERENT
    if not departure.removals:
        terminal.say("Nothing of Spotler Jobs is there.")
        return Exit.DONE
    terminal.say(f"From environment {name} ({given.url}) would be deleted, for good:")
    for removal in departure.removals:
        terminal.say(f"  - {removal.what}")
    for table, count in await removing.rows(sender, wanted, found):
        more = " or more" if count >= removing.MOST_COUNTED else ""
        terminal.say(f"  {count}{more} rows of {table} go with it.")
    _confirm(given, terminal, name)
    await removing.remove(sender, departure, terminal.say)
    terminal.say("Everything of Spotler Jobs is gone.")
    return Exit.DONE


def _confirm(given: argparse.Namespace, terminal: Terminal, name: str) -> None:
    if given.yes_remove is not None:
        if given.yes_remove != name:
            raise _Refused(
                f"--yes-remove names another environment: this one is {name}. Nothing was deleted.",
                Exit.WRONG_USE,
            )
    elif not terminal.interactive:
        raise _Refused(
            f"Nobody is there to ask. Give --yes-remove {name} to delete all this. Nothing was deleted.",
            Exit.WRONG_USE,
        )
    elif terminal.ask(f"Type the environment's name ({name}) to delete all this: ") != name:
        raise _Refused("Not confirmed. Nothing was deleted.")


def _wishes(given: argparse.Namespace) -> Wishes:
    return Wishes(
        webhook_url=given.webhook_url,
        new_key=getattr(given, "new_webhook_key", False),
        application_id=given.application_id,
        repair=getattr(given, "repair", False),
    )


async def _made(sender: Sender, wanted: Wanted, wishes: Wishes) -> tuple[Found, Plan]:
    found = await environment.read(sender, wanted, wishes.application_id)
    return found, plan(wanted, found, wishes)


def _ask_to_go_on(terminal: Terminal) -> None:
    if not terminal.interactive:
        raise _Refused(
            "Nobody is there to ask. Give --yes to apply this. Nothing was written.", Exit.WRONG_USE
        )
    if terminal.ask("Go on? [y/N] ").lower() not in {"y", "yes"}:
        raise _Refused("Not confirmed. Nothing was written.")


def _key(around: Surroundings) -> Secret:
    value = around.variables.get(asked.KEY_VARIABLE, "")
    if not value and around.terminal.interactive:
        value = around.terminal.ask_secret("Key of the function that receives jobs (not shown): ")
    if not value:
        raise _Refused(
            f"The webhook's key is missing: set the environment variable {asked.KEY_VARIABLE}."
            " Nothing was written.",
            Exit.WRONG_USE,
        )
    if len(value) > _LONGEST_KEY or not value.isascii() or not value.isprintable() or " " in value:
        raise _Refused(
            "The webhook's key has white space or characters that no key has, or is too long."
            " Nothing was written.",
            Exit.WRONG_USE,
        )
    return Secret(value)


def _tell_plan(terminal: Terminal, made: Plan, url: str) -> None:
    say = terminal.say
    if made.steps:
        say(f"To be done in {asked.environment_name(url)} ({url}):")
        for number, step in enumerate(made.steps, 1):
            say(f"  {number:2}. {step}")
    else:
        say("Nothing to do.")
    _tell(say, "In the way; nothing is written before this is mended:", made.told(Weight.REFUSAL))
    _tell(say, "To be given:", made.told(Weight.LACKING))
    _tell(say, "Different from the description, and left so:", made.told(Weight.DIFFERENCE))
    _tell(say, "Worth knowing:", made.told(Weight.WARNING))


def _tell(say: Callable[[str], None], heading: str, findings: Sequence[Finding]) -> None:
    if findings:
        say(heading)
        for finding in findings:
            say(f"  - {finding}")


def _of(findings: Sequence[Finding], weight: Weight) -> tuple[Finding, ...]:
    return tuple(one for one in findings if one.weight is weight)


def _tell_error(terminal: Terminal, error: DataverseError) -> None:
    match error:
        case NotAllowed() if error.status is None:
            what = "Signing in to Dataverse failed"
        case NotAllowed():
            what = "Dataverse refused"
        case NotCarriedOut() if error.status is None:
            what = "Dataverse could not be reached"
        case _:
            what = "Dataverse did not do what was asked"
    terminal.complain(f"{what} ({error}).")
    for note in getattr(error, "__notes__", ()):
        terminal.complain(note)
    match error:
        case NotAllowed() if error.status is None:
            terminal.complain(
                "Run az login first, or give --sign-in browser or --sign-in device. The address must be that of"
                " an environment you may use."
            )
        case NotAllowed():
            terminal.complain(
                "Sign in as somebody with the security role System Administrator in this environment"
                " (--sign-in browser lets you choose)."
            )
        case NotCarriedOut():
            terminal.complain("Look at the address and the network, or try again later.")
        case _:
            terminal.complain("What was done stays; run the same command again to go on.")
    if error.request_id is not None:
        terminal.complain(f"Microsoft's support asks for this request id: {error.request_id}")
