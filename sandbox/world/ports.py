"""Which port does each part listen on, and who is in the way?"""

from __future__ import annotations

import random
import socket
import sys
from dataclasses import dataclass, fields
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Ports:
    """A TCP port on the loopback address for each part; `control` is the second one of servicebus."""

    console: int = 7070
    functions: int = 7071
    spotler: int = 7081
    dataverse: int = 7082
    servicebus: int = 5672
    control: int = 5300

    def moved(self, offset: int) -> Ports:
        """Every port plus `offset`."""
        return Ports(*(port + offset for port in self.numbers()))

    def numbers(self) -> list[int]:
        """The ports in the order of the fields."""
        return [getattr(self, one.name) for one in fields(self)]


class PortTaken(Exception):  # noqa: N818 - names what is the case
    """A port is in use; the text names it, who has it where that can be seen, and how to move ours."""


def require_free(ports: Ports) -> None:
    """See that every port can be listened on.

    Raises:
        PortTaken: one cannot.
    """
    for one in fields(ports):
        port = getattr(ports, one.name)
        if not _is_free(port):
            raise PortTaken(
                f"Port {port}, meant for the part {one.name}, is in use{_by(port)}. End that program, "
                f"or move this part with --{one.name}-port PORT, or move all parts with --port-offset N."
            )


def free_ports() -> Ports:
    """Ports that are free now.

    They lie below the range from which systems take the ports of outgoing connections: while a part is
    down, nothing else is given its port, and a client that knocks cannot connect to itself.

    Raises:
        PortTaken: hardly one port is free.
    """
    wanted = len(fields(Ports))
    found: list[int] = []
    # From the system: a seed that test runners share would make them choose alike at the same time.
    for port in random.SystemRandom().sample(range(15_000, 32_000), 500):
        if len(found) < wanted and _is_free(port):
            found.append(port)
    if len(found) < wanted:
        raise PortTaken("Of 500 ports between 15000 and 32000 hardly one is free.")
    return Ports(*found)


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        if sys.platform != "win32":
            # As servers do: the remains of closed connections do not count as use.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _by(port: int) -> str:
    """Words for who listens on a port, where the system shows it (Linux), else nothing."""
    inodes = {f"socket:[{inode}]" for inode in _listening_inodes(port)}
    for link in Path("/proc").glob("[0-9]*/fd/*") if inodes else ():
        try:
            if str(link.readlink()) in inodes:
                process = link.parent.parent
                return f" by {(process / 'comm').read_text().strip()} (process {process.name})"
        except OSError:
            # Another user's process, or one that has just ended.
            continue
    return ""


def _listening_inodes(port: int) -> set[str]:
    """Inodes of the sockets listening on `port`; proc(5) describes the table."""
    found: set[str] = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        try:
            rows = Path(table).read_text().splitlines()[1:]
        except OSError:
            continue
        for row in rows:
            _, local, _, state, *rest = row.split()
            if state == "0A" and int(local.rpartition(":")[2], 16) == port:
                found.add(rest[5])
    return found
