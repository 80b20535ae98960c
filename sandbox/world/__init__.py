"""How is the whole sandbox started as processes, and one part of it killed and started again alone?

::

    with World(home=project, folder=project / ".sandbox", ports=free_ports()) as world:
        world.addresses.dataverse       # "http://localhost:..."
        world.kill("functions")         # SIGKILL
        world.start("functions")        # on the same port, with the same state
"""

from sandbox.world.addresses import FUNCTION_KEY, Addresses
from sandbox.world.ports import Ports, PortTaken, free_ports
from sandbox.world.process import PartFailed
from sandbox.world.settings import SampleUnusable
from sandbox.world.world import World

__all__ = [
    "FUNCTION_KEY",
    "Addresses",
    "PartFailed",
    "PortTaken",
    "Ports",
    "SampleUnusable",
    "World",
    "free_ports",
]
