"""How does this part describe itself, in the form the live service did (Swagger 1.2, public in 2022)?

The paths, models and codes of triggers and campaigns are those the vendor described; the list of automations,
both stops, the fields of an automation and the run id were not in it and are guesses.
"""

from __future__ import annotations

from typing import Any

_VERSIONS = {"apiVersion": "1.0.0", "swaggerVersion": "1.2"}
_TEXT = {"type": "string"}
_UUID = {"type": "string", "format": "uuid"}
_FLAG = {"type": "boolean"}
_FIELD_TYPE = {"type": "string", "description": "Default: STRING", "enum": ["STRING", "PRODUCTLIST", "URL"]}


def listing() -> dict[str, Any]:
    """What `GET api-docs` answers: the resources there are."""
    return {**_VERSIONS, "apis": [{"path": f"/{name}", "description": ""} for name in _RESOURCES]}


def declaration(resource: str, base: str) -> dict[str, Any] | None:
    """What `GET api-docs/<resource>` answers, for a service at the address `base`; None: no such resource."""
    found = _RESOURCES.get(resource)
    if found is None:
        return None
    apis, models = found
    return {**_VERSIONS, "basePath": base, "resourcePath": f"/{resource}", "apis": apis, "models": models}


def _list_of(model: str) -> dict[str, Any]:
    return {"type": "array", "items": {"$ref": model}}


def _one_of(*values: str) -> dict[str, Any]:
    return {"type": "string", "enum": list(values)}


def _model(name: str, required: tuple[str, ...], /, **properties: Any) -> dict[str, Any]:
    return {name: {"id": name, "required": list(required), "properties": properties}}


def _path(name: str, **extra: Any) -> dict[str, Any]:
    return {"name": name, "required": True, **_TEXT, **extra, "paramType": "path", "allowMultiple": False}


def _body(model: str) -> dict[str, Any]:
    return {"name": "body", "required": True, "type": model, "paramType": "body", "allowMultiple": False}


def _answer(code: int, message: str, model: str | None = "ErrorResponse") -> dict[str, Any]:
    return {"code": code, "message": message} | ({} if model is None else {"responseModel": model})


def _api(
    path: str,
    method: str,
    nickname: str,
    summary: str,
    *,
    answers: list[dict[str, Any]],
    parameters: list[dict[str, Any]] | None = None,
    returns: dict[str, Any] | None = None,
) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "method": method,
        "summary": summary,
        **(returns or {"type": "void"}),
        "nickname": nickname,
        "produces": ["application/json"],
        "consumes": ["application/json"],
        "parameters": parameters or [],
        "responseMessages": answers,
    }
    return {"path": path, "operations": [operation]}


_RESULT = "ExternalTriggerValidationResult"
_ERROR_MODEL = _model("ErrorResponse", ("errorType", "message"), errorType=_TEXT, message=_TEXT)


def _field_model(name: str) -> dict[str, Any]:
    values = {"type": "array", "items": _TEXT}
    return _model(name, ("name",), name=_TEXT, type=_FIELD_TYPE, values=values, value=_TEXT)


_AUTOMATION_APIS = [
    _api(
        "/automation/trigger/{triggerCode}",
        "POST",
        "triggerAutomation",
        "Start what an external trigger reaches, for one contact",
        parameters=[_path("triggerCode", format="uuid"), _body("AutomationTriggerRequest")],
        answers=[
            _answer(200, "At least one automation was started", _RESULT),
            _answer(404, "Trigger not found", _RESULT),
            _answer(404, "Contact not found", _RESULT),
            _answer(417, "Nothing was started, see automationResults", _RESULT),
        ],
    ),
    _api(
        "/automation/list",
        "GET",
        "listAutomations",
        "List automations with their external triggers",
        returns=_list_of("Automation"),
        answers=[],
    ),
    _api(
        "/automation/{automationId}/stop",
        "POST",
        "stopAutomation",
        "Stop every run of an automation for one contact",
        parameters=[_path("automationId", format="uuid"), _body("AutomationStopRequest")],
        answers=[
            _answer(204, "Stopped", None),
            _answer(404, "Automation or contact not found"),
            _answer(400, "Nothing is running"),
        ],
    ),
    _api(
        "/automation/stop",
        "POST",
        "stopAutomationContact",
        "Stop one run",
        parameters=[_body("AutomationContactStopRequest")],
        answers=[_answer(204, "Stopped", None), _answer(404, "Run not found"), _answer(400, "Run is over")],
    ),
]

_AUTOMATION_MODELS = (
    _model(
        _RESULT,
        ("result",),
        result=_one_of("OK", "UNKNOWN", "TRIGGER_NOTFOUND", "CONTACT_NOTFOUND", "NOT_TRIGGERED"),
        automationResults=_list_of("AutomationTriggerValidationResult"),
    )
    | _model(
        "AutomationTriggerValidationResult",
        ("automationId", "result"),
        automationId=_UUID,
        result=_one_of("OK", "AUTOMATION_INACTIVE", "PARTICIPATION_LIMIT_REACHED"),
        automationContactId=_TEXT,
    )
    | _model(
        "AutomationTriggerRequest",
        ("externalContactId",),
        externalContactId=_TEXT,
        automationFields=_list_of("AutomationField"),
    )
    | _field_model("AutomationField")
    | _model("AutomationStopRequest", ("externalContactId",), externalContactId=_TEXT)
    | _model("AutomationContactStopRequest", ("automationContactId",), automationContactId=_TEXT)
    | _model(
        "Automation",
        ("id", "name", "published"),
        id=_UUID,
        name=_TEXT,
        published=_FLAG,
        triggers=_list_of("AutomationTrigger"),
    )
    | _model(
        "AutomationTrigger",
        ("code", "label"),
        code=_UUID,
        label=_TEXT,
        fields=_list_of("AutomationFieldDescription"),
    )
    | _model("AutomationFieldDescription", ("name", "type"), name=_TEXT, type=_FIELD_TYPE)
    | _ERROR_MODEL
)

_CAMPAIGN_APIS = [
    _api(
        "/campaign/trigger/{encryptedTriggerId}",
        "POST",
        "triggerCampaign",
        "Start a campaign for one contact",
        parameters=[_path("encryptedTriggerId"), _body("CampaignTriggerRequest")],
        answers=[
            _answer(204, "Started", None),
            _answer(404, "Trigger not found"),
            _answer(
                400,
                "Contact or product not found; campaign inactive or without message; contact already in, "
                "already active in, or not in selection",
            ),
        ],
    ),
    _api(
        "/campaign/list",
        "GET",
        "externalCampaignTriggers",
        "List campaigns with their external triggers",
        returns=_list_of("Campaign"),
        answers=[],
    ),
    _api(
        "/campaign/{encryptedCampaignId}/stop",
        "POST",
        "stopCampaign",
        "Stop a campaign for one contact",
        parameters=[_path("encryptedCampaignId"), _body("CampaignStopRequest")],
        answers=[
            _answer(204, "Stopped", None),
            _answer(404, "Campaign not found"),
            _answer(400, "Contact not found; campaign already finished or never started for it"),
        ],
    ),
    _api(
        "/campaign/{encryptedCampaignId}/mailing",
        "GET",
        "getCampaignMailings",
        "List the mailings of a campaign",
        returns=_list_of("CampaignMailing"),
        parameters=[_path("encryptedCampaignId")],
        answers=[_answer(404, "Campaign not found")],
    ),
]

_MAILING_MODEL = _model(
    "CampaignMailing",
    ("encryptedId", "name", "type"),
    encryptedId=_TEXT,
    name=_TEXT,
    type=_one_of("EMAIL", "SMS"),
)

_CAMPAIGN_MODELS = (
    _model(
        "Campaign",
        ("encryptedId", "name", "active"),
        encryptedId=_TEXT,
        name=_TEXT,
        active=_FLAG,
        triggers=_list_of("CampaignTrigger"),
    )
    | _model("CampaignTrigger", ("encryptedId", "name"), encryptedId=_TEXT, name=_TEXT)
    | _model(
        "CampaignTriggerRequest",
        ("externalContactId",),
        externalContactId=_TEXT,
        campaignFields=_list_of("CampaignField"),
    )
    | _field_model("CampaignField")
    | _model("CampaignStopRequest", ("externalContactId",), externalContactId=_TEXT)
    | _MAILING_MODEL
    | _ERROR_MODEL
)

_AFTER = {
    "name": "after",
    "required": False,
    "type": "integer",
    "format": "int32",
    "paramType": "query",
    "allowMultiple": False,
}

_CONTACT_APIS = [
    _api(
        "/contact/{externalId}",
        "GET",
        "getContact",
        "Read a contact",
        returns={"type": "Contact"},
        parameters=[_path("externalId")],
        answers=[_answer(404, "Contact not found")],
    ),
    _api(
        "/contact/{externalId}/campaign-mailings",
        "GET",
        "getCampaignMailingHistory",
        "List the campaign mailings a contact was sent, 50 at a time",
        returns={"type": "CampaignMailingHistoryResponse"},
        parameters=[_path("externalId"), _AFTER],
        answers=[_answer(404, "Contact not found")],
    ),
]

_CONTACT_MODELS = (
    _model(
        "Contact",
        ("externalId",),
        externalId=_TEXT,
        encryptedId=_TEXT,
        created={"type": "string", "format": "date-time"},
        lastChanged={"type": "string", "format": "date-time"},
        testGroup=_FLAG,
        temporary=_FLAG,
        properties={"$ref": "Map[string,Object]"},
        channels=_list_of("Channel"),
    )
    | _model("Channel", ("name", "value"), name=_one_of("EMAIL", "SMS"), value=_FLAG)
    | _model(
        "CampaignMailingHistoryResponse",
        (),
        paging={"$ref": "Paging"},
        campaignMailingHistories=_list_of("CampaignMailingHistory"),
    )
    | _model("Paging", (), next=_TEXT, after={"type": "integer", "format": "int32"})
    | _model(
        "CampaignMailingHistory",
        ("campaignMailing", "campaignSubscriptionId", "sentDate", "opened", "clicked"),
        campaignMailing={"$ref": "CampaignMailing"},
        campaignSubscriptionId={"type": "integer", "format": "int32"},
        sentDate={"type": "string", "format": "date-time"},
        opened=_FLAG,
        clicked=_FLAG,
    )
    | _MAILING_MODEL
    | _ERROR_MODEL
)

_RESOURCES: dict[str, tuple[list[dict[str, Any]], dict[str, Any]]] = {
    "automation": (_AUTOMATION_APIS, _AUTOMATION_MODELS),
    "campaign": (_CAMPAIGN_APIS, _CAMPAIGN_MODELS),
    "contact": (_CONTACT_APIS, _CONTACT_MODELS),
}
