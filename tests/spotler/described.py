"""A description of the automation resource in Swagger 1.2, as the vendor's was in 2022 and as it may be now."""

from __future__ import annotations

from typing import Any

TRIGGER: dict[str, Any] = {
    "path": "/automation/trigger/{triggerCode}",
    "operations": [
        {
            "method": "POST",
            "type": "void",
            "nickname": "triggerAutomation",
            "parameters": [
                {"name": "triggerCode", "type": "string", "paramType": "path"},
                {"name": "body", "type": "AutomationTriggerRequest", "paramType": "body"},
            ],
            "responseMessages": [
                {"code": 200, "message": "started", "responseModel": "ExternalTriggerValidationResult"},
                {"code": 417, "message": "not started", "responseModel": "ExternalTriggerValidationResult"},
            ],
        }
    ],
}


def model(**properties: Any) -> dict[str, Any]:
    """A model with these properties."""
    return {"properties": properties}


TEXT = {"type": "string"}


def listed(name: str) -> dict[str, Any]:
    """A list of a model."""
    return {"type": "array", "items": {"$ref": name}}


OF_2022: dict[str, Any] = {
    "swaggerVersion": "1.2",
    "resourcePath": "/automation",
    "apis": [TRIGGER],
    "models": {
        "AutomationTriggerRequest": model(externalContactId=TEXT),
        "ExternalTriggerValidationResult": model(
            result={"$ref": "ExternalTriggerResponse", "enum": ["OK"]},
            automationResults=listed("AutomationTriggerValidationResult"),
        ),
        "AutomationTriggerValidationResult": model(automationId=TEXT, result=TEXT),
    },
}
"""What the vendor's description held in 2022: the trigger alone, without fields and run ids."""


def stop(path: str, body: str, method: str = "POST") -> dict[str, Any]:
    """A call that stops."""
    parameter = {"name": "body", "type": body, "paramType": "body"}
    return {"path": path, "operations": [{"method": method, "type": "void", "parameters": [parameter]}]}


OTHERWISE: dict[str, Any] = {
    "apis": [
        TRIGGER,
        {"path": "/automation/all", "operations": [{"method": "GET", "type": "AutomationList"}]},
        stop("/automation/{uuid}/halt-or-stop", "StopRequest", "PUT"),
        stop("/automation/run/{runUuid}/stop", "RunStopRequest"),
    ],
    "models": OF_2022["models"]
    | {
        "AutomationTriggerRequest": model(externalContactId=TEXT, fields=listed("Field")),
        "AutomationTriggerValidationResult": model(automationId=TEXT, result=TEXT, runUuid=TEXT),
        "AutomationList": model(items=listed("Automation"), total={"type": "integer"}),
        "Automation": model(
            uuid=TEXT, title=TEXT, isPublished={"type": "boolean"}, externalTriggers=listed("Trigger")
        ),
        "Trigger": model(
            triggerCode=TEXT, caption={"type": "integer"}, labelText=TEXT, params=listed("Field")
        ),
        "Field": model(fieldName=TEXT, fieldType=TEXT),
        "StopRequest": model(externalId=TEXT),
        "RunStopRequest": model(reason={"$ref": "RunStopRequest"}),
    },
}
"""Everything named otherwise than guessed."""
