"""The Automation Fields text of a job: what it says, what is wrong with it, and how it is pre-filled.

Pure: text in, values out. Knows neither Dataverse nor Spotler.
"""

from __future__ import annotations

from jobs.fields.check import FieldsRead, FieldValue, read_fields
from jobs.fields.field_type import FieldType
from jobs.fields.problems import Note, NoteCode, Problem, ProblemCode
from jobs.fields.template import read_template, render_template

__all__ = [
    "FieldType",
    "FieldValue",
    "FieldsRead",
    "Note",
    "NoteCode",
    "Problem",
    "ProblemCode",
    "read_fields",
    "read_template",
    "render_template",
]
