"""What are the app settings, and what do the names in bindings stand for?"""

import json
import re
from collections.abc import Mapping
from pathlib import Path

from sandbox.functions.errors import StartError

_PERCENT_NAME = re.compile(r"%([^%\s]+)%")
_CURLY_EXPRESSION = re.compile(r"\{[^{}]*\}")


def read_local_settings(path: Path) -> dict[str, str]:
    """Read the ``Values`` of a local.settings.json.

    Args:
        path: The file, in the form that Azure Functions Core Tools use.

    Returns:
        Setting name to value, as written.

    Raises:
        StartError: The file is missing, not JSON, encrypted, or holds a value that is no string.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise StartError(
            f"{path}: there is no such file. "
            "Copy local.settings.sample.json to it, or name another one with --settings."
        ) from None
    except ValueError as error:
        raise StartError(f"{path}: this is not JSON ({error}). Correct the file.") from None
    if not isinstance(content, dict) or not isinstance(content.get("Values", {}), dict):
        raise StartError(f'{path}: expected an object with a member "Values" that is an object of strings.')
    if content.get("IsEncrypted") is True:
        raise StartError(
            f'{path}: "IsEncrypted" is true and the sandbox has no key. '
            'Run `func settings decrypt`, or set "IsEncrypted" to false and write the values in plain text.'
        )
    values: dict[str, str] = {}
    for name, value in content.get("Values", {}).items():
        if not isinstance(value, str):
            raise StartError(f'{path}: the value of "{name}" is not a string. Put it between quotes.')
        values[name] = value
    runtime = values.get("FUNCTIONS_WORKER_RUNTIME", "python")
    if runtime != "python":
        raise StartError(f'{path}: "FUNCTIONS_WORKER_RUNTIME" is "{runtime}"; this host runs only "python".')
    return values


def merged(values: Mapping[str, str], environment: Mapping[str, str]) -> dict[str, str]:
    """Join file and environment; a real environment variable wins, as in Core Tools."""
    return {**values, **environment}


def is_disabled(function: str, settings: Mapping[str, str]) -> bool:
    """Tell whether the setting ``AzureWebJobs.<function>.Disabled`` switches a function off."""
    return settings.get(f"AzureWebJobs.{function}.Disabled", "").strip().lower() in {"true", "1"}


def resolve(text: str, settings: Mapping[str, str], *, where: str) -> str:
    """Replace each ``%NAME%`` by the setting of that name.

    Args:
        text: The text of a binding, such as a queue name or a schedule.
        settings: All app settings.
        where: Whose text it is, for the error.

    Raises:
        StartError: A setting is not there or empty, or the text holds a ``{binding expression}``.
    """
    expression = _CURLY_EXPRESSION.search(text)
    if expression is not None:
        raise StartError(
            f"{where}: the binding expression {expression[0]} is not imitated by this host. "
            "Use %SETTING% or plain text."
        )

    def value_of(match: re.Match[str]) -> str:
        value = settings.get(match[1], "")
        if not value:
            raise StartError(
                f"{where}: the app setting {match[1]} that %{match[1]}% stands for is not set. "
                'Add it to "Values" in local.settings.json, or to the environment.'
            )
        return value

    return _PERCENT_NAME.sub(value_of, text)


def connection_string(name: str, settings: Mapping[str, str], *, where: str) -> str:
    """Find the connection string behind the ``connection`` of a Service Bus binding.

    A binding names a setting; it is looked for with the prefix ``AzureWebJobs`` first, then as it stands.

    Raises:
        StartError: There is no such setting, it is no Service Bus connection string, or the name is that of
            an identity-based group, for which a sandbox has no Entra ID.
    """
    for candidate in (f"AzureWebJobs{name}", name):
        text = settings.get(candidate, "")
        if text:
            if not text.lower().startswith("endpoint=") and ";endpoint=" not in text.lower():
                raise StartError(
                    f"{where}: the app setting {candidate} is not a Service Bus connection string; "
                    "it has to begin with Endpoint=sb://"
                )
            return text
    group = f"{name}__fullyQualifiedNamespace"
    if settings.get(group):
        raise StartError(
            f"{where}: the app setting {group} asks for a connection by identity, and the sandbox has no "
            f"Entra ID. Locally, remove it and set {name} to a connection string."
        )
    raise StartError(
        f"{where}: the app setting {name} with the Service Bus connection string is not set. "
        'Add it to "Values" in local.settings.json, or to the environment.'
    )
