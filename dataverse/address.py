"""Where does the Web API of an environment stand?"""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import urlsplit

_WEB_API = "/api/data/v9.2/"
_WEB_API_OF_ANY_VERSION = re.compile(r"/api/data/v\d+\.\d+/?")


def origin(url: str) -> str:
    """Scheme, host and port of an environment's address, without a slash at the end.

    Raises:
        ValueError: it is not the address of an environment: not https (http is taken for loopback
            hosts only, since every request carries a token), no host, or with a user, query or fragment.
    """
    parts = urlsplit(url)
    host = parts.hostname
    if parts.scheme not in ("http", "https") or not host:
        raise ValueError("The address of Dataverse must look like https://contoso.crm4.dynamics.com")
    if parts.username is not None or parts.password is not None or parts.query or parts.fragment:
        raise ValueError("The address of Dataverse must not hold a user, a query or a fragment")
    if parts.scheme == "http" and not is_loopback(host):
        raise ValueError("The address of Dataverse must begin with https://: every request carries a token")
    named = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{named}" + (f":{parts.port}" if parts.port is not None else "")


def service_root(url: str) -> str:
    """Address of the Web API, ending in a slash.

    Args:
        url: of the environment (`https://contoso.crm4.dynamics.com`) or of its Web API already.

    Raises:
        ValueError: as `origin`, or some other path than the Web API's.
    """
    path = urlsplit(url).path
    if path in ("", "/"):
        return origin(url) + _WEB_API
    if _WEB_API_OF_ANY_VERSION.fullmatch(path):
        return origin(url) + path.rstrip("/") + "/"
    raise ValueError("The address of Dataverse must be that of the environment, without a path")


def token_scope(url: str) -> str:
    """Scope of a token for the environment: its own host and `/.default`, no path between.

    Raises:
        ValueError: as `origin`.
    """
    return origin(url) + "/.default"


def is_loopback(host: str) -> bool:
    """Whether a host name or address stays on this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
