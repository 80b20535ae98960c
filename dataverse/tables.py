"""What are our tables, columns and choices called in Dataverse?

Logical names are lower case; navigation names keep the case of the schema name, because the Web API
compares them exactly (Microsoft Learn, "Web API navigation properties").
"""

from __future__ import annotations

from enum import IntEnum
from typing import Final


class Operation(IntEnum):
    """Choice `spotler_operation`: what a job asks for."""

    START_AUTOMATION = 724000000
    STOP_AUTOMATION = 724000001
    REFRESH_AUTOMATIONS = 724000002
    VALIDATE_AUTOMATION = 724000003


class State(IntEnum):
    """`statecode` of every custom table."""

    ACTIVE = 0
    INACTIVE = 1


class Status(IntEnum):
    """`statuscode` of a job."""

    QUEUED = 1
    IN_PROGRESS = 724000000
    WAITING = 724000001
    CANCELLED = 2
    SUCCEEDED = 724000002
    PARTLY_SUCCEEDED = 724000003
    FAILED = 724000004
    OUTCOME_UNKNOWN = 724000005

    @property
    def state(self) -> State:
        """The `statecode` that goes with this status; both are always written together."""
        active = (Status.QUEUED, Status.IN_PROGRESS, Status.WAITING)
        return State.ACTIVE if self in active else State.INACTIVE


class Kind(IntEnum):
    """Choice `spotler_kind` of a catalogue row."""

    AUTOMATION = 724000000
    CAMPAIGN = 724000001


class AutomationStatus(IntEnum):
    """`statuscode` of a catalogue row; the platform's own two values."""

    PUBLISHED = 1
    WITHDRAWN = 2


class Job:
    """Table `spotler_job`."""

    TABLE: Final = "spotler_job"
    SET: Final = "spotler_jobs"
    ID: Final = "spotler_jobid"
    NAME: Final = "spotler_name"
    OPERATION: Final = "spotler_operation"
    CUSTOMER_SCHEMA: Final = "spotler_CustomerId"
    CUSTOMER_COLUMN: Final = "spotler_customerid"
    CUSTOMER: Final = "_spotler_customerid_value"
    CUSTOMER_ACCOUNT: Final = "spotler_CustomerId_account"
    CUSTOMER_CONTACT: Final = "spotler_CustomerId_contact"
    LEAD_COLUMN: Final = "spotler_leadid"
    LEAD: Final = "_spotler_leadid_value"
    LEAD_LEAD: Final = "spotler_LeadId"
    AUTOMATION_COLUMN: Final = "spotler_automationid"
    AUTOMATION: Final = "_spotler_automationid_value"
    AUTOMATION_AUTOMATION: Final = "spotler_AutomationId"
    AUTOMATION_FIELDS: Final = "spotler_automationfields"
    AUTOMATION_CONTACT_ID: Final = "spotler_automationcontactid"
    RESULT_CODE: Final = "spotler_resultcode"
    RESULT_MESSAGE: Final = "spotler_resultmessage"
    ATTEMPTS: Final = "spotler_attempts"
    CLAIMED_ON: Final = "spotler_claimedon"
    CLAIM_TOKEN: Final = "spotler_claimtoken"  # noqa: S105 - a column's name
    QUEUED_ON: Final = "spotler_queuedon"
    RETRY_ON: Final = "spotler_retryon"
    COMPLETED_ON: Final = "spotler_completedon"
    SEQUENCE: Final = "spotler_sequence"
    FORCE: Final = "spotler_force"
    HELD_ON: Final = "spotler_heldon"
    STATE: Final = "statecode"
    STATUS: Final = "statuscode"
    CREATED_ON: Final = "createdon"
    MODIFIED_ON: Final = "modifiedon"


class Automation:
    """Table `spotler_automation`, the catalogue."""

    TABLE: Final = "spotler_automation"
    SET: Final = "spotler_automations"
    ID: Final = "spotler_automationid"
    NAME: Final = "spotler_name"
    KIND: Final = "spotler_kind"
    CODE: Final = "spotler_code"
    EXTERNAL_ID: Final = "spotler_externalid"
    KEY: Final = "spotler_key"
    FIELD_TEMPLATE: Final = "spotler_fieldtemplate"
    HOLD: Final = "spotler_hold"
    STARTS_PER_HOUR: Final = "spotler_startsperhour"
    DUPLICATE_MINUTES: Final = "spotler_duplicateminutes"
    STATE: Final = "statecode"
    STATUS: Final = "statuscode"
    MODIFIED_ON: Final = "modifiedon"


class Post:
    """Table `post`: what stands in the Timeline."""

    TABLE: Final = "post"
    SET: Final = "posts"
    ID: Final = "postid"
    TEXT: Final = "text"
    SOURCE: Final = "source"
    SOURCE_AUTO: Final = 1
    TYPE: Final = "type"
    TYPE_STATUS: Final = 7

    @staticmethod
    def regarding(table: str) -> str:
        """Navigation name that binds a post to a row of `table`."""
        return f"regardingobjectid_{table}"


class Note:
    """Table `annotation`: stands in the Timeline where posts are not available."""

    SET: Final = "annotations"
    ID: Final = "annotationid"
    SUBJECT: Final = "subject"
    TEXT: Final = "notetext"

    @staticmethod
    def regarding(table: str) -> str:
        """Navigation name that binds a note to a row of `table`."""
        return f"objectid_{table}"


class SystemJob:
    """Table `asyncoperation`: what became of a webhook's delivery."""

    TABLE: Final = "asyncoperation"
    SET: Final = "asyncoperations"
    ID: Final = "asyncoperationid"
    STEP: Final = "_owningextensionid_value"
    STATUS: Final = "statuscode"
    STATUS_FAILED: Final = 31
    ERROR_CODE: Final = "errorcode"
    MESSAGE: Final = "message"
    COMPLETED_ON: Final = "completedon"


PERSON_NAVIGATIONS: Final = {
    "account": Job.CUSTOMER_ACCOUNT,
    "contact": Job.CUSTOMER_CONTACT,
    "lead": Job.LEAD_LEAD,
}
"""Navigation name that leads from a job to the row it addresses, by that row's table."""

ENTITY_SETS: Final = {"account": "accounts", "contact": "contacts", "lead": "leads"}
"""Set name of each table a job can address."""
