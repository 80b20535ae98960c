"""Only the address of an environment is taken, and no token ever goes out in clear."""

from __future__ import annotations

import pytest

from dataverse import origin, service_root, token_scope


@pytest.mark.parametrize(
    ("url", "root"),
    [
        ("https://contoso.crm4.dynamics.com", "https://contoso.crm4.dynamics.com/api/data/v9.2/"),
        ("https://contoso.crm4.dynamics.com/", "https://contoso.crm4.dynamics.com/api/data/v9.2/"),
        (
            "https://Contoso.crm4.dynamics.com/api/data/v9.2",
            "https://contoso.crm4.dynamics.com/api/data/v9.2/",
        ),
        ("http://localhost:7082/api/data/v9.2/", "http://localhost:7082/api/data/v9.2/"),
        ("http://127.0.0.1:7082", "http://127.0.0.1:7082/api/data/v9.2/"),
        ("http://[::1]:7082", "http://[::1]:7082/api/data/v9.2/"),
    ],
)
def test_service_root(url: str, root: str) -> None:
    """The environment's address and the Web API's own lead to the same root."""
    assert root == service_root(url)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "contoso.crm4.dynamics.com",
        "ftp://contoso.crm4.dynamics.com",
        "https://",
        "http://contoso.crm4.dynamics.com",
        "http://10.0.0.5:7082",
        "http://localhost.evil.example",
        "https://user:pass@contoso.crm4.dynamics.com",
        "https://contoso.crm4.dynamics.com?x=1",
        "https://contoso.crm4.dynamics.com#x",
        "https://contoso.crm4.dynamics.com:99999",
        "https://contoso.crm4.dynamics.com/main.aspx",
        "https://contoso.crm4.dynamics.com/api/data/v9.2/accounts",
    ],
)
def test_other_addresses_are_refused(url: str) -> None:
    """Anything else is a mistake in a setting, told before a token is sent there."""
    with pytest.raises(ValueError, match=r".+"):
        service_root(url)


def test_scope_has_no_path() -> None:
    """A path or a second slash in the scope makes the identity provider refuse it."""
    assert token_scope("https://contoso.crm4.dynamics.com/api/data/v9.2/") == (
        "https://contoso.crm4.dynamics.com/.default"
    )
    assert origin("https://contoso.crm4.dynamics.com/") == "https://contoso.crm4.dynamics.com"
