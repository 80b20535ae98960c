"""How is a plan carried out so that being cut off, unclear answers and others at work do no harm?"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from dataverse.errors import (
    DataverseError,
    DuplicateRow,
    MayHaveBeenCarriedOut,
    NotAllowed,
    NotCarriedOut,
    Rejected,
    RowGone,
    WrongPath,
)
from dataverse.provisioning import environment, indexing
from dataverse.provisioning.carrying_out import carry_out
from dataverse.provisioning.findings import Finding, Weight
from dataverse.provisioning.found import Found
from dataverse.provisioning.planning import Plan, plan
from dataverse.provisioning.sending import Sender
from dataverse.provisioning.steps import AssignRole, AwaitKey, CreateUser, Step, is_made_once
from dataverse.provisioning.wanted import Wanted, Wishes
from dataverse.provisioning.work import NotThere, Secret, Work

_LOOKS: Final[tuple[float, ...]] = (0.0, 2.0, 4.0, 8.0, 15.0, 30.0)
"""Seconds before each look for what may have come into being: it may take a while to be seen."""

_UNSEEN_WAITS: Final = (2.0, 4.0, 8.0, 15.0)
"""Seconds before a step is tried again whose table answers 404: new metadata is not seen at once."""


class InTheWay(Exception):  # noqa: N818 - named for what is known
    """While the plan was carried out, something came into being that is not ours."""

    def __init__(self, findings: tuple[Finding, ...]) -> None:
        super().__init__(" ".join(map(str, findings)))
        self.findings = findings


class Applier:
    """Carries a plan out, step by step.

    Args:
        sender: to the environment.
        wanted: the description.
        wishes: that the plan was made with.
        found: that the plan was made of.
        key: of the webhook, where a step needs it.
        tell: takes a sentence for each step, and what happens while it is waited for.
    """

    def __init__(
        self,
        sender: Sender,
        wanted: Wanted,
        wishes: Wishes,
        found: Found,
        *,
        key: Secret | None,
        tell: Callable[[str], None],
    ) -> None:
        self._sender = sender
        self._wanted = wanted
        self._wishes = wishes
        self._work = Work(sender, wanted, found, key)
        self._tell = tell
        self._seen: Plan | None = None

    async def apply(self, made: Plan) -> tuple[Finding, ...]:
        """Carry out every step; what is left for a person to do.

        Raises:
            InTheWay: somebody made a component that is not ours meanwhile.
            DataverseError: a step was not carried out, or that is unknown; the steps before it were, and
                another run goes on from there. A note on it says which step.
        """
        left: list[Finding] = []
        without_user = False
        for number, step in enumerate(made.steps, 1):
            if without_user and isinstance(step, AssignRole):
                continue
            self._tell(f"[{number}/{len(made.steps)}] {step}")
            try:
                await self._carry_out(step)
            except (NotAllowed, Rejected, WrongPath) as error:
                if not isinstance(step, CreateUser):
                    error.add_note(f"At the step: {step}.")
                    raise
                without_user = True
                left.append(_by_hand(step, self._wanted, error))
            except DataverseError as error:
                error.add_note(f"At the step: {step}.")
                raise
        return tuple(left)

    async def _carry_out(self, step: Step) -> None:
        if self._seen is not None and is_made_once(step) and step not in self._seen.steps:
            self._tell("      is there already: somebody else works here too")
            return
        if isinstance(step, AwaitKey):
            await indexing.wait(self._sender, step.table, step.key, lambda text: self._tell(f"      {text}"))
            return
        for unseen in (*_UNSEEN_WAITS, None):
            try:
                await carry_out(step, self._work)
            except (NotAllowed, NotCarriedOut):
                raise
            except DataverseError as error:
                if await self._came_true(step, error):
                    return
                if unseen is None or not _worth_another_try(error, step):
                    raise
                self._tell("      the answer was unclear or the metadata is not seen yet; trying again")
                await self._sender.clock.sleep(unseen)
            else:
                return

    async def _came_true(self, step: Step, error: DataverseError) -> bool:
        """Whether what the step makes is there, although its answer does not say so."""
        if not is_made_once(step):
            return False
        unclear = isinstance(error, MayHaveBeenCarriedOut | DuplicateRow)
        # What was refused may have been so because another administrator was faster.
        looks = _LOOKS if unclear else _LOOKS[:3]
        for wait in looks:
            await self._sender.clock.sleep(wait)
            found = await environment.read(self._sender, self._wanted, self._wishes.application_id)
            self._seen = plan(self._wanted, found, self._wishes)
            if self._seen.refused:
                raise InTheWay(self._seen.told(Weight.REFUSAL))
            if step not in self._seen.steps:
                return True
        return False


def _worth_another_try(error: DataverseError, step: Step) -> bool:
    if isinstance(error, RowGone | WrongPath | NotThere):
        return True
    return isinstance(error, MayHaveBeenCarriedOut) and is_made_once(step)


def _by_hand(step: CreateUser, wanted: Wanted, error: DataverseError) -> Finding:
    return Finding(
        Weight.DIFFERENCE,
        f"Dataverse did not create the application user ({error}).",
        "Create it in the Power Platform admin centre: Environments > this environment > Settings > Users +"
        f" permissions > Application users > New app user > application {step.application_id}, root business"
        f" unit, security role {wanted.application_role.name}.",
    )
