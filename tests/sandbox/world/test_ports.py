"""Are ports chosen and refused with a sentence that helps?"""

from __future__ import annotations

import os
import socket
import sys
from dataclasses import replace

import pytest

from sandbox.world.addresses import Addresses
from sandbox.world.ports import Ports, PortTaken, free_ports, require_free


def test_free_ports_are_free_and_all_different() -> None:
    """They can be listened on, and lie where no outgoing connection gets its port from."""
    ports = free_ports()
    require_free(ports)
    assert len(set(ports.numbers())) == len(ports.numbers())
    assert all(15_000 <= port < 32_000 for port in ports.numbers())


def test_a_busy_port_is_named_with_its_part_and_the_way_out() -> None:
    """The sentence has the port, the part, the option that moves it and, on Linux, who has it."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with pytest.raises(PortTaken) as raised:
            require_free(replace(free_ports(), functions=port))
    said = str(raised.value)
    assert f"Port {port}, meant for the part functions, is in use" in said
    assert "--functions-port PORT" in said
    assert "--port-offset N" in said
    if sys.platform == "linux":
        assert f"(process {os.getpid()})" in said


def test_the_addresses_are_the_published_ones_unless_moved() -> None:
    """What the documentation promises, and that an offset moves all of it."""
    to = Addresses(Ports())
    assert to.console == "http://localhost:7070"
    assert to.functions == "http://localhost:7071"
    assert to.settings() == {
        "ServiceBusConnection": "Endpoint=sb://localhost;SharedAccessKeyName=sandbox;"
        "SharedAccessKey=sandbox;UseDevelopmentEmulator=true",
        "SPOTLER_URL": "http://localhost:7081/integrationservice",
        "DATAVERSE_URL": "http://localhost:7082",
        "DATAVERSE_TOKEN_URL": "http://localhost:7082/_sandbox/token",
    }
    moved = Addresses(Ports().moved(100))
    assert moved.console == "http://localhost:7170"
    assert moved.settings()["ServiceBusConnection"].startswith("Endpoint=sb://localhost:5772;")
