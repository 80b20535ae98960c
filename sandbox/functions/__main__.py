"""How is the local Functions host started and stopped? ``python -m sandbox.functions --help`` tells."""

import argparse
import asyncio
import logging
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from sandbox.control.serving import stop_on_signals
from sandbox.functions import engine
from sandbox.functions.bindings import define
from sandbox.functions.errors import StartError
from sandbox.functions.host import Host, Place
from sandbox.functions.host_json import HostOptions, read_host_json
from sandbox.functions.invocations import Invocations
from sandbox.functions.logs import write_logs
from sandbox.functions.outputs import OutputSender
from sandbox.functions.settings import merged, read_local_settings

_log = logging.getLogger("sandbox.functions.start")


@dataclass(frozen=True, slots=True)
class _Options:
    app: Path
    settings: Path | None
    place: Place


def _options(arguments: list[str]) -> _Options:
    parser = argparse.ArgumentParser(
        prog="python -m sandbox.functions", description="Runs a Python function app as Azure Functions would."
    )
    parser.add_argument("--app", type=Path, default=Path(), help="folder with function_app.py and host.json")
    parser.add_argument(
        "--settings", type=Path, help="default: local.settings.json in the app's folder, if there"
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=int, default=7071, help="0 picks a free one")
    parser.add_argument(
        "--state", type=Path, default=Path(".sandbox/functions"), help="folder for timer status"
    )
    parser.add_argument("--key", default="sandbox-key", help="function, host and master key")
    parser.add_argument("--drain", type=float, default=30.0, help="seconds running functions get at the end")
    parsed = parser.parse_args(arguments)
    app: Path = parsed.app.resolve()
    settings: Path | None = parsed.settings
    if settings is None and (app / "local.settings.json").exists():
        settings = app / "local.settings.json"
    place = Place(parsed.host, parsed.port, parsed.state.resolve(), parsed.key, max(parsed.drain, 0.0))
    return _Options(app, settings, place)


async def _run(options: _Options, host_options: HostOptions, ready: TextIO) -> bool:
    stop = asyncio.Event()
    stop_on_signals(stop)
    sender = OutputSender(host_options.service_bus)
    invocations = Invocations(sender, timeout=host_options.function_timeout)
    write_logs(
        host_options.log_levels,
        invocation_id=engine.current_invocation_id,
        function_of=invocations.function_of,
    )
    for name in host_options.without_effect:
        _log.warning("host.json: %s has no effect in this host.", name)
    functions = define(await engine.index(options.app), os.environ)
    _log.info("Functions: %s", ", ".join(function.name for function in functions))
    host = Host(functions, place=options.place, options=host_options, sender=sender, invocations=invocations)
    return await host.serve(stop, lambda port: print(f"ready functions {port}", file=ready, flush=True))


def main(arguments: list[str]) -> int:
    """Run the host until SIGTERM or SIGINT.

    Args:
        arguments: The command line without the program.

    Returns:
        0 after a clean end, 1 when the host could not start or a function did not end in time.
    """
    options = _options(arguments)
    # The ready line is all that others may read from stdout; whatever an app prints goes to the log.
    ready, sys.stdout = sys.stdout, sys.stderr
    try:
        values = read_local_settings(options.settings) if options.settings else {}
        os.environ.update(merged(values, os.environ))
        host_options = read_host_json(options.app / "host.json")
        os.chdir(options.app)
        all_ended = asyncio.run(_run(options, host_options, ready))
    except StartError as error:
        sys.stderr.write(f"sandbox functions: {error}\n")
        return 1
    if not all_ended:
        sys.stderr.write("sandbox functions: a function did not end in time; it is cut off.\n")
        sys.stderr.flush()
        # A thread that is still busy would hold the interpreter back for as long as it likes.
        os._exit(1)
    engine.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
