"""Which web resources does the platform take, and what does it serve of them?"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from typing import Final

from sandbox.dataverse.columns import Value
from sandbox.dataverse.platform import part
from sandbox.dataverse.platform.dependencies import depended_on
from sandbox.dataverse.platform.forms import Forms
from sandbox.dataverse.platform.part import Part
from sandbox.dataverse.platform.publishing import Unpublished
from sandbox.dataverse.platform.solutions import Contents
from sandbox.dataverse.problems import bad_value
from sandbox.dataverse.store import Row, Store

_NAME = re.compile(r"[A-Za-z0-9]+_[A-Za-z0-9_./-]*[A-Za-z0-9_.-]")
_TYPES: Final = {
    1: "text/html",
    2: "text/css",
    3: "text/javascript",
    4: "text/xml",
    5: "image/png",
    6: "image/jpeg",
    7: "image/gif",
    9: "text/xml",
    10: "image/x-icon",
    11: "image/svg+xml",
    12: "text/xml",
}


@dataclass(frozen=True, slots=True)
class Served:
    """A published web resource as a browser gets it."""

    content_type: str
    content: bytes

    @property
    def text(self) -> bool:
        """Whether it is text, which is in UTF-8."""
        return self.content_type.startswith("text/")


def served(store: Store, name: str) -> Served | None:
    """The published web resource of that name, or None."""
    for row in part.rows(store, "webresource", name=name):
        kind = row.values["webresourcetype"]
        if row.values["componentstate"] == 0 and isinstance(kind, int):
            return Served(_TYPES[kind], base64.b64decode(part.text_of(row, "content")))
    return None


class WebResources(Part):
    """A web resource has a name of its own with its publisher's prefix, a type, and its content in base64."""

    def creating(self, values: dict[str, Value]) -> None:
        """Unpublished until it is published."""
        part.required(values, "webresource", "name", "webresourcetype")
        name = values["name"]
        if not isinstance(name, str) or not _NAME.fullmatch(name) or "//" in name:
            raise bad_value(
                "The name of a web resource may only have letters, digits, underscores, hyphens, dots and single "
                "slashes, after a prefix."
            )
        part.unique(self.store, "webresource", "name", name)
        self._check(values)
        values["componentstate"] = 1

    def created(self, row: Row, solution: str | None) -> None:
        """The prefix is that of the solution's publisher."""
        Contents(self.store).refuse_name(part.text_of(row, "name"), solution)

    def updating(self, row: Row, changes: dict[str, Value]) -> None:  # noqa: ARG002 - the parts' common form
        """The content stays base64."""
        self._check(changes)

    def deleting(self, row: Row) -> None:
        """Not while a form uses it, published or not."""
        forms = Forms(self.store)
        name = part.text_of(row, "name")
        using = [
            form
            for form in self.store.rows(part.table(self.store, "systemform"))
            if any(name in forms.uses(values).libraries for values in Unpublished(self.store).versions(form))
        ]
        if using:
            raise depended_on("WebResource", row.id, len(using))

    def _check(self, values: dict[str, Value]) -> None:
        content = values.get("content")
        if isinstance(content, str):
            try:
                base64.b64decode(content, validate=True)
            except binascii.Error as error:
                raise bad_value("The content of a web resource must be base64.") from error
