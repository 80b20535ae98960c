"""Where are the parts that the console shows, and what are they called?"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Parts:
    """Root addresses of the parts, without a slash at the end, and the key of the Functions part."""

    spotler: str = "http://localhost:7081"
    dataverse: str = "http://localhost:7082"
    functions: str = "http://localhost:7071"
    servicebus: str = "http://localhost:5300"
    functions_key: str = field(default="sandbox-key", repr=False)
    application_id: str = "00000000-0000-0000-0000-0000000000a1"
    """With which the app signs in at the Dataverse part."""

    @property
    def installation(self) -> str:
        """The command that installs into the Dataverse part; it asks for the webhook's key by itself."""
        return (
            f"python -m dataverse apply --url {self.dataverse.rstrip('/')} "
            f"--webhook-url {self.functions.rstrip('/')}/api/spotler-jobs --application-id {self.application_id}"
        )

    def root(self, part: str) -> str | None:
        """Address of a part by its name in a path; None where there is no such part."""
        roots = {
            "spotler": self.spotler,
            "dataverse": self.dataverse,
            "functions": self.functions,
            "servicebus": self.servicebus,
        }
        found = roots.get(part)
        return found.rstrip("/") if found is not None else None


TITLES = {
    "spotler": "Spotler",
    "dataverse": "Dataverse",
    "functions": "Functions",
    "servicebus": "Service Bus",
}
"""What people call the parts."""
