"""Do the Bicep files fit together: is every name declared, every parameter given and used, every output there?"""

from __future__ import annotations

import json
import re

import pytest

from tests.infra.bicep import INFRA, MAIN, File, Value, expressions, files, read

FILES = files()


def parameters_file() -> dict[str, str]:
    """The values that `azd` fills in."""
    text = (INFRA / "main.parameters.json").read_text(encoding="utf-8")
    return {name: entry["value"] for name, entry in json.loads(text)["parameters"].items()}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.path.stem)
def test_names_are_declared(file: File) -> None:
    """Every expression starts from a name that the file declares."""
    used = {name.partition(".")[0] for one in file.computed() for name in one.names}
    assert used <= file.declared


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.path.stem)
def test_parameters_are_used(file: File) -> None:
    """No file asks for what it does not use."""
    used = {name.partition(".")[0] for one in file.computed() for name in one.names}
    keys = {name for one in file.computed() for name in re.findall(r"\$\{(\w+)\}", one.text)}
    assert set(file.parameters) <= used | keys


@pytest.mark.parametrize("name", sorted(read(MAIN).modules))
def test_modules_get_what_they_ask_for(name: str) -> None:
    """A module is given every parameter without a default, and none that it does not have."""
    module = read(MAIN).modules[name]
    asked = read(module.path).parameters
    assert set(module.given) <= set(asked)
    assert {one for one, parameter in asked.items() if parameter.default is None} <= set(module.given)


def test_outputs_are_there() -> None:
    """What main.bicep takes from a module is one of the module's outputs."""
    main = read(MAIN)
    taken = [name.split(".") for one in main.computed() for name in one.names if ".outputs." in name]
    assert taken
    for module, _, output in taken:
        assert output in read(main.modules[module].path).outputs, f"{module}.{output}"


def test_every_module_is_used() -> None:
    """No module lies there unused."""
    assert {module.path for module in read(MAIN).modules.values()} == set((INFRA / "modules").glob("*.bicep"))


def test_the_parameters_file_fits() -> None:
    """It names parameters of main.bicep only, and each one that has no default."""
    asked = read(MAIN).parameters
    assert set(parameters_file()) <= set(asked)
    assert {name for name, one in asked.items() if one.default is None} <= set(parameters_file())


def test_no_secret_is_written_down() -> None:
    """Secrets are secure parameters in every file, come from the environment, and leave by no output."""
    values = parameters_file()
    for file in FILES:
        secret = {name for name in file.parameters if name in ("spotlerKey", "spotlerSecret")}
        assert all("secure" in file.parameters[name].decorators for name in secret)
        assert all(file.parameters[name].default in (None, "") for name in secret)
        assert not secret & {name for value in file.outputs.values() for name in starts(value)}
    for name in ("spotlerKey", "spotlerSecret"):
        assert re.fullmatch(r"\$\{[A-Z_]+\}", values[name])


def starts(value: Value) -> set[str]:
    """Names that a value starts from."""
    return {name.partition(".")[0] for one in expressions(value) for name in one.names}
