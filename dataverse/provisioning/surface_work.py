"""Which requests make views, forms and the script, and put them right?"""

from __future__ import annotations

from uuid import UUID

from dataverse.description.parts import Table
from dataverse.provisioning import bodies, environment
from dataverse.provisioning.steps import (
    CreateScript,
    CreateView,
    NameForm,
    NameView,
    SurfaceStep,
    WriteForm,
    WriteScript,
    WriteView,
)
from dataverse.provisioning.work import NotThere, Work


async def carry_out(step: SurfaceStep, work: Work) -> None:
    """Send what the step consists of.

    Raises:
        NotThere: the table or its form is not to be seen.
        DataverseError: it was not carried out, or that is unknown.
    """
    languages = work.languages
    match step:
        case CreateScript(script):
            body = bodies.web_resource(script, work.wanted.content, languages)
            await work.create("webresourceset", body, "Create webresourceset")
        case WriteScript(script):
            await work.change("webresourceset", script.id, bodies.web_resource_content(work.wanted.content))
        case CreateView(table, view):
            body = bodies.view(table, view, languages, await _type_code(work, table))
            await work.create("savedqueries", body, "Create savedqueries")
        case WriteView(table, view):
            body = bodies.view(table, view, languages, await _type_code(work, table))
            changed = {name: body[name] for name in ("name", "fetchxml", "layoutxml")}
            await work.change("savedqueries", view.id, changed)
        case NameView(_, view):
            await work.act("SetLocLabels", bodies.set_labels("savedquery", view.id, view.words, languages))
        case WriteForm(table):
            await work.change("systemforms", await _form(work, table), bodies.form(table, languages))
        case NameForm(table):
            form = await _form(work, table)
            body = bodies.set_labels("systemform", form, table.form.name, languages)
            await work.act("SetLocLabels", body)


async def _type_code(work: Work, table: Table) -> int:
    defined = await environment.definitions(work.sender, [table.name])
    if table.name not in defined:
        raise NotThere(f"Table {table.name}: not seen yet")
    return defined[table.name].type_code


async def _form(work: Work, table: Table) -> UUID:
    form = await environment.main_form(work.sender, table)
    if form is None:
        raise NotThere(f"Main form of {table.name}: not seen yet")
    return form.id
