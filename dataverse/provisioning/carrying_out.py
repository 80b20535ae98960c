"""Who carries out which step?"""

from __future__ import annotations

from dataclasses import replace

from dataverse.provisioning import access_work, bodies, posting_work, surface_work, table_work
from dataverse.provisioning.steps import (
    AddColumn,
    AddKey,
    AddOption,
    AddStatus,
    AllowNotes,
    AssignRole,
    ChangeColumn,
    CloseSolution,
    CreateEndpoint,
    CreateFeed,
    CreatePublisher,
    CreateRole,
    CreateScript,
    CreateSolution,
    CreateStep,
    CreateTable,
    CreateUser,
    CreateView,
    EnableFeed,
    EnableStep,
    GrantRights,
    MoveEndpoint,
    NameForm,
    NameView,
    OpenSolution,
    Publish,
    RewordOption,
    RewordStatus,
    RewordTable,
    SetKey,
    SolutionStep,
    Step,
    WriteForm,
    WriteScript,
    WriteView,
)
from dataverse.provisioning.wanted import UNFINISHED
from dataverse.provisioning.work import Work


async def carry_out(step: Step, work: Work) -> None:
    """Send what a step consists of; ids that were chosen in the environment are read first.

    Raises:
        NotThere: something it rests on is not to be seen.
        DataverseError: it was not carried out, or that is unknown.
        TypeError: it is `AwaitKey`, which is no request.
    """
    match step:
        case CreatePublisher() | CreateSolution() | OpenSolution() | CloseSolution() | Publish():
            await _of_the_solution(step, work)
        case (
            CreateTable()
            | RewordTable()
            | AllowNotes()
            | AddColumn()
            | ChangeColumn()
            | AddOption()
            | RewordOption()
            | AddStatus()
            | RewordStatus()
            | AddKey()
        ):
            await table_work.carry_out(step, work)
        case (
            CreateScript()
            | WriteScript()
            | CreateView()
            | WriteView()
            | NameView()
            | WriteForm()
            | NameForm()
        ):
            await surface_work.carry_out(step, work)
        case CreateRole() | GrantRights() | CreateUser() | AssignRole():
            await access_work.carry_out(step, work)
        case (
            CreateFeed()
            | EnableFeed()
            | CreateEndpoint()
            | MoveEndpoint()
            | SetKey()
            | CreateStep()
            | EnableStep()
        ):
            await posting_work.carry_out(step, work)
        case _:
            raise TypeError("An index is waited for, not sent")


async def _of_the_solution(step: SolutionStep, work: Work) -> None:
    match step:
        case CreatePublisher(publisher):
            await work.create_outside("publishers", bodies.publisher(publisher), "Create publishers")
        case CreateSolution(solution):
            body = bodies.solution(replace(solution, version=UNFINISHED), work.wanted.publisher.id)
            await work.create_outside("solutions", body, "Create solutions")
        case OpenSolution(solution):
            await work.change("solutions", solution.id, {"version": UNFINISHED}, component=False)
        case CloseSolution(solution):
            await work.change("solutions", solution.id, {"version": solution.version}, component=False)
        case Publish(tables, scripts):
            await work.act("PublishXml", bodies.publish(tables, scripts))
