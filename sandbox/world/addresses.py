"""Where is everything, given the ports?"""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.world.ports import Ports

FUNCTION_KEY = "sandbox-key"
"""The key that callers of the Functions part send; a secret of nobody."""

APPLICATION_ID = "00000000-0000-0000-0000-0000000000a1"
"""Application (client) id that the app signs in with at the Dataverse part."""


@dataclass(frozen=True, slots=True)
class Addresses:
    """Addresses of the parts on this machine."""

    ports: Ports

    @property
    def console(self) -> str:
        """The page for people."""
        return f"http://localhost:{self.ports.console}"

    @property
    def functions(self) -> str:
        """Root of the Functions part."""
        return f"http://localhost:{self.ports.functions}"

    @property
    def webhook(self) -> str:
        """Where Dataverse sends a new job to; the key goes with it apart."""
        return f"{self.functions}/api/spotler-jobs"

    @property
    def spotler(self) -> str:
        """Root of the Spotler part; its API is below /integrationservice."""
        return f"http://localhost:{self.ports.spotler}"

    @property
    def dataverse(self) -> str:
        """Root of the Dataverse part; its API is below /api/data/v9.2/."""
        return f"http://localhost:{self.ports.dataverse}"

    @property
    def control(self) -> str:
        """Root of the control routes of the Service Bus part."""
        return f"http://localhost:{self.ports.control}"

    @property
    def servicebus(self) -> str:
        """Connection string of the Service Bus part."""
        # The SDK's own port for the emulator is 5672; said only where it differs, as people write it.
        port = "" if self.ports.servicebus == Ports().servicebus else f":{self.ports.servicebus}"
        return (
            f"Endpoint=sb://localhost{port};SharedAccessKeyName=sandbox;SharedAccessKey=sandbox;"
            "UseDevelopmentEmulator=true"
        )

    def settings(self) -> dict[str, str]:
        """The app's settings that hold an address."""
        return {
            "ServiceBusConnection": self.servicebus,
            "SPOTLER_URL": f"{self.spotler}/integrationservice",
            "DATAVERSE_URL": self.dataverse,
            "DATAVERSE_TOKEN_URL": f"{self.dataverse}/_sandbox/token",
        }
