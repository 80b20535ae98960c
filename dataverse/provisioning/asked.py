"""What did the administrator ask for on the command line?"""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID

from dataverse.address import is_loopback, origin
from dataverse.provisioning.signing_in import SignIn

KEY_VARIABLE: Final = "SPOTLER_JOBS_WEBHOOK_KEY"
"""Environment variable that holds the webhook's key."""

_OPTION: Final = re.compile(r"--[a-z]+(-[a-z]+)*")

_LONGEST_URL: Final = 2000
"""Of a service endpoint's `url` (table reference of serviceendpoint)."""

_ABOUT: Final = """\
Installs Spotler Jobs in a Dataverse environment, looks after it, and removes it again: two tables with their
views and forms, two security roles, the form's script and the webhook, all in the solution SpotlerJobs.

  plan     tells what apply would do, and changes nothing
  apply    does it; can be interrupted anywhere and run again
  verify   tells whether everything is as it should be
  remove   takes everything away again, with all jobs; asks first
"""

_END: Final = """\
Exit codes: 0 done, or nothing to do; 1 something differs, is left to do, or was refused by this program;
2 wrong use; 3 Dataverse could not be reached, or refused.

Whoever runs plan, apply, verify or remove needs the security role System Administrator in the environment.
The webhook's key comes from the environment variable SPOTLER_JOBS_WEBHOOK_KEY or is asked for; it is never an
argument, because arguments are seen by everybody on the machine.
"""


def parser() -> argparse.ArgumentParser:
    """What the command line takes."""
    top = argparse.ArgumentParser(
        prog="python -m dataverse",
        description=_ABOUT,
        epilog=_END,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = top.add_subparsers(dest="command", metavar="plan | apply | verify | remove", required=True)
    for name, what in (
        ("plan", "Tells what apply would do, in words, and changes nothing."),
        ("apply", "Brings the environment to what this version describes, step by step."),
        ("verify", "Tells what is missing or differs; exit code 0 where nothing does."),
        ("remove", "Takes everything away that apply brought, and all jobs with it."),
    ):
        one = commands.add_parser(
            name,
            help=what,
            description=what,
            epilog=_END,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        _everywhere(one)
        if name != "remove":
            _of_what_is_wanted(one)
        if name in {"plan", "apply"}:
            one.add_argument(
                "--repair",
                action="store_true",
                help="also put right what differs from the description, such as labels that were changed by"
                " hand; without it, that is only told",
            )
        if name == "apply":
            one.add_argument(
                "--new-webhook-key",
                action="store_true",
                help=f"give the webhook the key from {KEY_VARIABLE} or from the prompt, in place of its old one",
            )
            one.add_argument("-y", "--yes", action="store_true", help="do not ask before beginning")
        if name == "remove":
            one.add_argument(
                "--yes-remove",
                metavar="NAME",
                help="do not ask; NAME must be the environment's name, for contoso.crm4.dynamics.com: contoso",
            )
    return top


def read(arguments: Sequence[str]) -> argparse.Namespace:
    """The command line, with its values checked.

    Raises:
        SystemExit: 0 after --help, 2 where it cannot be understood; the reason was told.
    """
    top = parser()
    given, unknown = top.parse_known_args(arguments)
    if unknown:
        # Values are not repeated: whoever takes an option for one that wants the key has typed it there.
        names = [one for one in (text.partition("=")[0] for text in unknown) if _OPTION.fullmatch(one)]
        top.error(
            f"not understood: {' '.join(names) or 'a value that belongs to no option'}; the webhook's key is never an"
            f" argument, it is read from {KEY_VARIABLE} or asked for"
        )
    hook = getattr(given, "webhook_url", None)
    if hook is not None and hook.startswith("http:") and not given.url.startswith("http:"):
        top.error("argument --webhook-url: must begin with https:// except for a sandbox on this machine")
    return given


def environment_name(url: str) -> str:
    """What people call an environment: the first part of its host, the whole host elsewhere."""
    host = urlsplit(url).hostname or ""
    return host.partition(".")[0] if host.endswith(".dynamics.com") else host


def webhook_url(text: str) -> str:
    """An address that Dataverse can post to.

    Raises:
        argparse.ArgumentTypeError: it cannot, and why.
    """
    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise argparse.ArgumentTypeError("is no address") from None
    # The text itself is not told: it may hold the key.
    if parts.query:
        raise argparse.ArgumentTypeError(
            "must have no '?': give it without '?code=...'. The key is asked for, or read from"
            f" {KEY_VARIABLE}, and Dataverse keeps it where nobody can read it"
        )
    if parts.fragment or parts.username is not None or parts.password is not None:
        raise argparse.ArgumentTypeError("must hold no user and no '#'")
    if (
        not host
        or parts.path in ("", "/")
        or not (parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host)))
    ):
        raise argparse.ArgumentTypeError(
            "must look like https://contoso-jobs.azurewebsites.net/api/spotler-jobs"
        )
    if parts.scheme == "https" and port not in (None, 443):
        raise argparse.ArgumentTypeError("must use port 443: Dataverse posts to no other")
    if len(text) > _LONGEST_URL or not text.isprintable() or " " in text:
        raise argparse.ArgumentTypeError(f"must be an address of at most {_LONGEST_URL} characters")
    return text


def _environment(text: str) -> str:
    try:
        return origin(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _application(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise argparse.ArgumentTypeError(
            "must be a GUID: the application (client) id of the app registration or managed identity"
        ) from None


def _everywhere(one: argparse.ArgumentParser) -> None:
    one.add_argument(
        "--url",
        required=True,
        type=_environment,
        help="of the environment: https://contoso.crm4.dynamics.com; http for a sandbox on this machine",
    )
    one.add_argument(
        "--sign-in",
        choices=[way.value for way in SignIn],
        default=SignIn.DEFAULT.value,
        help="as whom: default takes what azure-identity finds (variables, managed identity, az login),"
        " browser opens one, device shows a code to enter elsewhere, cli takes az login only",
    )


def _of_what_is_wanted(one: argparse.ArgumentParser) -> None:
    one.add_argument(
        "--webhook-url",
        type=webhook_url,
        metavar="URL",
        help="of the Functions app's function that receives jobs, without its key; needed until it is registered",
    )
    one.add_argument(
        "--application-id",
        type=_application,
        metavar="GUID",
        help="of the identity that the Functions app signs in as: it becomes an application user with the role"
        " Spotler Jobs Application",
    )
