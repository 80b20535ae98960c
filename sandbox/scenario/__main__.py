"""How is the story played against a sandbox that is up? `python -m sandbox.scenario --help` tells."""

from __future__ import annotations

import argparse
import asyncio
import sys

from sandbox.scenario.dynamics import Unreachable
from sandbox.scenario.telling import play

parser = argparse.ArgumentParser(
    prog="python -m sandbox.scenario", description="Plays the story of the scenario."
)
parser.add_argument(
    "--dataverse", default="http://localhost:7082", metavar="URL", help="(default: %(default)s)"
)
parser.add_argument(
    "--spotler", default="http://localhost:7081", metavar="URL", help="(default: %(default)s)"
)
chosen = parser.parse_args()
try:
    good = asyncio.run(play(dataverse=chosen.dataverse, spotler=chosen.spotler))
except Unreachable as problem:
    sys.exit(str(problem))
except KeyboardInterrupt:
    sys.exit(130)
sys.exit(0 if good else 1)
