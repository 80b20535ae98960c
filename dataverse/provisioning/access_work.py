"""Which requests make roles and the application user, and give them their rights?"""

from __future__ import annotations

from dataclasses import replace
from typing import Final
from uuid import UUID

from dataverse.description.parts import Role
from dataverse.provisioning import bodies, environment
from dataverse.provisioning.planning import wanted_rights
from dataverse.provisioning.steps import AccessStep, AssignRole, CreateRole, CreateUser, GrantRights
from dataverse.provisioning.work import NotThere, Work

_CRM: Final = "Microsoft.Dynamics.CRM"


async def carry_out(step: AccessStep, work: Work) -> None:
    """Send what the step consists of.

    Raises:
        NotThere: privileges or the user are not to be seen.
        DataverseError: it was not carried out, or that is unknown.
    """
    match step:
        case CreateRole(role):
            await work.create("roles", bodies.role(role, work.found.business_unit), "Create roles")
        case GrantRights(role, exactly):
            await _grant(work, role, exactly=exactly)
        case CreateUser(application_id):
            body = {
                "applicationid": str(application_id),
                "businessunitid@odata.bind": f"/businessunits({work.found.business_unit})",
            }
            await work.create_outside("systemusers", body, "Create systemusers")
        case AssignRole(application_id, role):
            await _assign(work, application_id, role)


async def _grant(work: Work, role: Role, *, exactly: bool) -> None:
    names = (grant.table for grant in role.grants)
    now = replace(work.found, definitions=await environment.definitions(work.sender, names))
    rights = wanted_rights(work.wanted, now, role)
    if rights is None:
        raise NotThere(f"Privileges of {role.name}: not seen yet")
    if exactly:
        # Some of these come back at once where they are taken away, the others every role begins with.
        rights |= (await environment.rights_of(work.sender, role.id))[1]
    action = "ReplacePrivilegesRole" if exactly else "AddPrivilegesRole"
    await work.sender.write(
        "POST",
        f"roles({role.id})/{_CRM}.{action}",
        bodies.privileges(sorted(rights), work.found.business_unit),
        action,
        repeatable=True,
    )


async def _assign(work: Work, application_id: UUID, role: Role) -> None:
    user = await environment.user(work.sender, application_id)
    if user is None:
        raise NotThere("Application user: not seen yet")
    if role.id not in user.roles:
        await work.create_outside(
            f"systemusers({user.id})/systemuserroles_association/$ref",
            {"@odata.id": f"{work.sender.root}roles({role.id})"},
            "Assign role",
        )
