"""Which parts are there, and what is each told when it starts?"""

from __future__ import annotations

from pathlib import Path

from sandbox.world.addresses import FUNCTION_KEY, Addresses

ORDER = ("servicebus", "spotler", "dataverse", "functions", "console")
"""A part uses only parts that stand before it; Dataverse's webhook is the one exception."""


def arguments(part: str, to: Addresses, *, state: Path, settings: Path, app: Path, bus: Path) -> list[str]:
    """Module and arguments of a part.

    Args:
        part: one of `ORDER`.
        to: where everything is.
        state: folder for what has to survive a restart of a part.
        settings: the settings file of the Functions part.
        app: the folder with function_app.py.
        bus: the file that defines the queues, in the form of the official emulator.
    """
    ports = to.ports
    own = {
        "servicebus": [
            f"--port={ports.servicebus}",
            f"--control-port={ports.control}",
            f"--config={bus}",
            f"--db={state / 'servicebus.sqlite'}",
        ],
        "spotler": [f"--port={ports.spotler}"],
        "dataverse": [f"--port={ports.dataverse}"],
        "functions": [
            f"--port={ports.functions}",
            f"--app={app}",
            f"--settings={settings}",
            f"--state={state / 'functions'}",
            f"--key={FUNCTION_KEY}",
            "--drain=10",
        ],
        "console": [
            f"--port={ports.console}",
            f"--dataverse={to.dataverse}",
            f"--spotler={to.spotler}",
            f"--functions={to.functions}",
            f"--functions-key={FUNCTION_KEY}",
            f"--servicebus={to.control}",
        ],
    }
    return [f"sandbox.{part}", *own[part]]
