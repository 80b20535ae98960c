"""Does what is deployed agree with the app: queues, settings, identity, rights, Python?"""

from __future__ import annotations

import json
import re
from datetime import timedelta
from fnmatch import fnmatch
from typing import Any

import pydantic

from jobs import settings, write_back
from jobs.timing import Timing
from tests.infra.bicep import INFRA, MAIN, Expression, File, Resource, Value, files, read, section
from tests.test_project import tracked
from tests.world import HOME

FILES = files()
MODULES = INFRA / "modules"
SPAN = pydantic.TypeAdapter(timedelta)

SANDBOX_ONLY = {"DATAVERSE_TOKEN_URL", "SANDBOX_TIME_SCALE"}
"""Settings that the app refuses against a real Dataverse."""

OF_THE_PLATFORM = {
    "AzureWebJobsStorage__accountName",
    "AzureWebJobsStorage__credential",
    "AzureWebJobsStorage__clientId",
    "APPLICATIONINSIGHTS_CONNECTION_STRING",
    "APPLICATIONINSIGHTS_AUTHENTICATION_STRING",
    "ServiceBusConnection__credential",
    "AZURE_CLIENT_ID",
}
"""Read by the Functions host and the identity library, not by the settings class."""

ROLES = {
    "69a216fc-b8fb-44d8-bc22-1f3c2cd27a39": "Azure Service Bus Data Sender",
    "4f6d3b9b-027b-4f4c-9142-0e5a2a2247e0": "Azure Service Bus Data Receiver",
    "4633458b-17de-408a-b874-0445c86b69e6": "Key Vault Secrets User",
    "b86a8fe4-44ce-4948-aee5-eccb2c155cd7": "Key Vault Secrets Officer",
    "b7e6dc6d-f1e8-4753-8033-0f276bb0955b": "Storage Blob Data Owner",
    "3913510d-42f4-4e42-8a64-420c390055eb": "Monitoring Metrics Publisher",
}
"""Azure's built-in roles by their ids, from Microsoft's list of built-in roles."""

GRANTED = {
    ("messaging", "jobs", "principalId", "Azure Service Bus Data Sender"),
    ("messaging", "jobs", "principalId", "Azure Service Bus Data Receiver"),
    ("messaging", "results", "principalId", "Azure Service Bus Data Sender"),
    ("messaging", "results", "principalId", "Azure Service Bus Data Receiver"),
    ("vault", "vault", "principalId", "Key Vault Secrets User"),
    ("vault", "vault", "administratorId", "Key Vault Secrets Officer"),
    ("storage", "account", "principalId", "Storage Blob Data Owner"),
    ("monitoring", "insights", "principalId", "Monitoring Metrics Publisher"),
}
"""All rights there are: file, on what, to whom, which."""


def app() -> File:
    """The module of the Function App."""
    return read(MODULES / "app.bicep")


def site() -> Resource:
    """The Function App."""
    (only,) = app().of("Microsoft.Web/sites")
    return only


def wired(variable: str) -> dict[str, Value]:
    """App settings of one of the module's lists."""
    listed = app().variables[variable]
    assert isinstance(listed, list)
    pairs = [section(one) for one in listed]
    assert all(set(pair) == {"name", "value"} for pair in pairs)
    names = [str(pair["name"]) for pair in pairs]
    assert len(names) == len(set(names))
    return {str(pair["name"]): pair["value"] for pair in pairs}


def in_main(value: Value) -> Value:
    """What main.bicep gives for a parameter of the app's module that a value consists of."""
    assert isinstance(value, Expression)
    given = read(MAIN).modules["app"].given[value.text]
    main = read(MAIN)
    if isinstance(given, Expression) and given.text in main.variables:
        return main.variables[given.text]
    if isinstance(given, Expression) and given.text in main.parameters:
        default = main.parameters[given.text].default
        return given if default is None else default
    return given


def sandbox_queues() -> dict[str, dict[str, Any]]:
    """The queues that every test of the app runs against."""
    text = (HOME / "sandbox/servicebus.config.json").read_text(encoding="utf-8")
    return {
        queue["Name"]: queue["Properties"]
        for namespace in json.loads(text)["UserConfig"]["Namespaces"]
        for queue in namespace["Queues"]
    }


def sample() -> dict[str, str]:
    """The sample settings."""
    values = json.loads((HOME / "local.settings.sample.json").read_text(encoding="utf-8"))["Values"]
    assert isinstance(values, dict)
    return values


def queues() -> dict[str, dict[str, Value]]:
    """Deployed queues by name, with their properties."""
    file, given = read(MODULES / "messaging.bicep"), read(MAIN).modules["messaging"].given
    found = {}
    for queue in file.of("Microsoft.ServiceBus/namespaces/queues"):
        name = queue.body["name"]
        assert isinstance(name, Expression)
        handed_on = given[name.text]
        assert isinstance(handed_on, Expression)
        found[str(read(MAIN).variables[handed_on.text])] = queue.properties
    return found


def test_the_queues_are_those_of_the_sandbox() -> None:
    """The same names, lock, deliveries and manners as the queues that every test runs against."""
    assert set(queues()) == set(sandbox_queues())
    for name, deployed in queues().items():
        tested = sandbox_queues()[name]
        for ours, theirs in (
            ("lockDuration", "LockDuration"),
            ("maxDeliveryCount", "MaxDeliveryCount"),
            ("deadLetteringOnMessageExpiration", "DeadLetteringOnMessageExpiration"),
            ("requiresSession", "RequiresSession"),
            ("requiresDuplicateDetection", "RequiresDuplicateDetection"),
        ):
            assert deployed[ours] == tested[theirs], f"{name}: {ours}"


def test_the_queues_suit_the_protocol() -> None:
    """A batch ends well inside its lock, and a message lives longer than an outcome is put back."""
    timing = Timing()
    for properties in queues().values():
        lock = SPAN.validate_python(properties["lockDuration"])
        assert lock == timedelta(minutes=5)
        assert timing.batch_ends + timing.start_deadline + timing.call_cut < lock.total_seconds()
        assert properties["maxDeliveryCount"] == 10
        assert SPAN.validate_python(properties["defaultMessageTimeToLive"]) > write_back.KEEP


def test_the_queues_are_those_of_the_settings() -> None:
    """The app is told the names of the queues that are deployed, and they are those of the sample."""
    told = {in_main(wired("appSettings")[name]) for name in ("SPOTLER_JOBS_QUEUE", "SPOTLER_RESULTS_QUEUE")}
    assert told == set(queues())
    assert told == {sample()["SPOTLER_JOBS_QUEUE"], sample()["SPOTLER_RESULTS_QUEUE"]}


def test_the_host_hands_over_what_it_may_keep() -> None:
    """host.json allows a run no less than a batch takes, and settles messages itself."""
    host = json.loads((HOME / "host.json").read_text(encoding="utf-8"))
    hours, minutes, seconds = map(int, host["functionTimeout"].split(":"))
    lasts = timedelta(hours=hours, minutes=minutes, seconds=seconds)
    assert all(lasts >= SPAN.validate_python(one["lockDuration"]) for one in queues().values())
    assert host["extensions"]["serviceBus"]["autoCompleteMessages"] is True


def test_every_setting_is_wired() -> None:
    """Each app setting of the settings class can be given, but those of the sandbox and of a key; and no other."""
    assert set(wired("appSettings")) == set(settings.NAMES) - SANDBOX_ONLY - {"ServiceBusConnection"}
    assert set(wired("hostSettings")) == OF_THE_PLATFORM
    listed = section(site().properties["siteConfig"])["appSettings"]
    assert listed == Expression("concat(hostSettings, appSettings, furtherSettings)", names(listed))


def names(value: Value) -> frozenset[str]:
    """Names of an expression."""
    assert isinstance(value, Expression)
    return value.names


def test_what_is_deployed_is_valid() -> None:
    """The defaults of main.bicep, with an address and secrets, are settings that the app accepts."""
    given = {}
    for name, value in wired("appSettings").items():
        final = in_main(value)
        given[name] = final if isinstance(final, str) else "computed.example"
    given |= {"DATAVERSE_URL": "https://contoso.crm4.dynamics.com"}
    read_back = settings.read_settings(given)
    assert read_back.service_bus_namespace == "computed.example"
    for name in ("CATALOGUE_SYNC_SCHEDULE", "RECONCILE_SCHEDULE", "RESULT_LANGUAGE"):
        assert given[name] == sample()[name]


def test_secrets_are_references() -> None:
    """The two secrets of Spotler reach the app as references to the vault, and nothing secret is a plain value."""
    for setting, output in (
        ("SPOTLER_KEY", "spotlerKeyReference"),
        ("SPOTLER_SECRET", "spotlerSecretReference"),
    ):
        given = in_main(wired("appSettings")[setting])
        assert isinstance(given, Expression)
        assert given.text == f"vault.outputs.{output}"
        reference = read(MODULES / "vault.bicep").outputs[output]
        assert isinstance(reference, Expression)
        name = setting.lower().replace("_", "-")
        assert reference.text.startswith(
            "'@Microsoft.KeyVault(SecretUri=${vault.properties.vaultUri}secrets/"
        )
        assert reference.text.endswith(f"secrets/{name}/)'")
        assert name in {
            one.body["name"] for one in read(MODULES / "vault.bicep").of("Microsoft.KeyVault/vaults/secrets")
        }
    secret = {
        field.alias
        for field in settings.Settings.model_fields.values()
        if "SecretStr" in str(field.annotation)
    }
    assert secret == {"ServiceBusConnection", "SPOTLER_KEY", "SPOTLER_SECRET"}
    assert site().properties["keyVaultReferenceIdentity"] == Expression(
        "identityId", frozenset({"identityId"})
    )


def test_there_are_no_keys() -> None:
    """Nothing is signed in to with a shared key: not the bus, the storage, the telemetry, or a deployment."""
    for file in FILES:
        text = file.path.read_text(encoding="utf-8")
        assert not re.search(
            r"listKeys|AccountKey|SharedAccessKey|authorizationRules|InstrumentationKey", text, re.IGNORECASE
        )
    (bus,) = read(MODULES / "messaging.bicep").of("Microsoft.ServiceBus/namespaces")
    assert bus.properties["disableLocalAuth"] is True
    (account,) = read(MODULES / "storage.bicep").of("Microsoft.Storage/storageAccounts")
    assert account.properties["allowSharedKeyAccess"] is False
    assert account.properties["allowBlobPublicAccess"] is False
    (insights,) = read(MODULES / "monitoring.bicep").of("Microsoft.Insights/components")
    assert insights.properties["DisableLocalAuth"] is True
    (vault,) = read(MODULES / "vault.bicep").of("Microsoft.KeyVault/vaults")
    assert vault.properties["enableRbacAuthorization"] is True
    policies = app().of("Microsoft.Web/sites/basicPublishingCredentialsPolicies")
    assert {(one.body["name"], one.properties["allow"]) for one in policies} == {
        ("scm", False),
        ("ftp", False),
    }


def test_rights_are_the_least() -> None:
    """There are exactly the rights of the table: sending and receiving on each queue, and never owning the bus."""
    granted = set()
    for file in FILES:
        for assignment in file.of("Microsoft.Authorization/roleAssignments"):
            role = assignment.properties["roleDefinitionId"]
            assert isinstance(role, Expression)
            asked = re.fullmatch(
                r"subscriptionResourceId\('Microsoft.Authorization/roleDefinitions', (\w+)\)", role.text
            )
            assert asked is not None
            on, to = assignment.body["scope"], assignment.properties["principalId"]
            assert isinstance(on, Expression)
            assert isinstance(to, Expression)
            granted.add((file.path.stem, on.text, to.text, ROLES[str(file.variables[asked.group(1)])]))
            name = assignment.body["name"]
            assert isinstance(name, Expression)
            assert name.text == f"guid({on.text}.id, {to.text}, {asked.group(1)})"
    assert granted == GRANTED


def test_the_plan_runs_our_python() -> None:
    """Flex Consumption, with the Python that the project is made for, and the identity that has the rights."""
    (plan,) = app().of("Microsoft.Web/serverfarms")
    assert plan.body["sku"] == {"name": "FC1", "tier": "FlexConsumption"}
    config = section(site().properties["functionAppConfig"])
    pyproject = (HOME / "pyproject.toml").read_text(encoding="utf-8")
    assert config["runtime"] == {"name": "python", "version": "3.13"}
    assert 'requires-python = ">=3.13"' in pyproject
    assert 'target-version = "py313"' in pyproject
    storage = section(section(config["deployment"])["storage"])
    assert section(storage["authentication"])["type"] == "UserAssignedIdentity"
    assert section(site().body["identity"])["type"] == "UserAssigned"
    assert not {"FUNCTIONS_WORKER_RUNTIME", "FUNCTIONS_EXTENSION_VERSION", "AzureWebJobsStorage"} & set(
        wired("hostSettings")
    )


def test_azd_finds_the_app() -> None:
    """The tag that `azd deploy` looks for is the name of the service in azure.yaml."""
    services = re.findall(
        r"^  (\w+):$", (HOME / "azure.yaml").read_text(encoding="utf-8"), flags=re.MULTILINE
    )
    tagged = site().body["tags"]
    assert isinstance(tagged, Expression)
    assert f"'azd-service-name': '{services[-1]}'" in tagged.text


def test_only_the_app_is_packed() -> None:
    """Of what is in the repository, .funcignore lets through what the app needs to run, and nothing else."""
    lines = (HOME / ".funcignore").read_text(encoding="utf-8").splitlines()
    left = {
        path.relative_to(HOME).parts[0]
        for path in tracked()
        if not any(fnmatch(path.relative_to(HOME).parts[0], line.rstrip("/")) for line in lines)
    }
    packages = {"dataverse", "jobs", "spotler", "wire"}
    assert left == packages | {"LICENSE", "function_app.py", "host.json", "requirements.txt"}
    # What lies there without being tracked must not go along either: environments, secrets, local settings.
    for name in (".azure", ".venv", ".sandbox", "local.settings.json", "node_modules"):
        assert any(fnmatch(name, line.rstrip("/")) for line in lines), name


def test_the_page_speaks_of_what_is_there() -> None:
    """docs/deploy.md uses the outputs of main.bicep, its parameters, and functions of the app by their names."""
    page = (HOME / "docs/deploy.md").read_text(encoding="utf-8")
    used = set(re.findall(r"\$\{?([A-Z][A-Z_]+)", page))
    assert used - {"NAME"} == set(read(MAIN).outputs)
    given = (INFRA / "main.parameters.json").read_text(encoding="utf-8")
    for name in re.findall(r"azd env set ([A-Z_]+) ", page):
        assert f'"${{{name}}}"' in given
    app_code = (HOME / "function_app.py").read_text(encoding="utf-8")
    for name in re.findall(r"--function-name (\w+)", page):
        assert f'@app.function_name("{name}")' in app_code
    for name in re.findall(r"`(\w+)` \*Basic\*|\(`(instanceMemoryMB)`\)", page):
        assert "".join(name) in read(MAIN).parameters
