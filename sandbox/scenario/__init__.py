"""How does the product look to the people who use it? A story, told through Dataverse's Web API alone."""

from sandbox.scenario.dynamics import Dynamics, Unreachable
from sandbox.scenario.telling import play

__all__ = ["Dynamics", "Unreachable", "play"]
