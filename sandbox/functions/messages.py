"""Which plain objects stand in for the protobuf messages between host and engine?

The engine takes the module that defines its messages as an argument and uses attribute names only, so objects
with the same names do. Names follow the contract of Azure Functions (FunctionRpc.proto), not Python's habits.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

_Bytes = bytes
_Int = int


@dataclass(frozen=True, slots=True)
class CollectionString:
    """Several texts."""

    string: Sequence[str]


@dataclass(frozen=True, slots=True)
class CollectionBytes:
    """Several byte strings."""

    bytes: Sequence[_Bytes]


@dataclass(frozen=True, slots=True)
class RpcHttp:
    """An HTTP request on its way in, or an answer on its way out."""

    method: str = ""
    url: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    params: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    body: "TypedData | None" = None
    status_code: str = ""
    cookies: Sequence["RpcHttpCookie"] | None = None
    enable_content_negotiation: bool = False


@dataclass(frozen=True, slots=True)
class TypedData:
    """One value of exactly one kind; without any it is unset."""

    string: str | None = None
    json: str | None = None
    bytes: _Bytes | None = None
    http: RpcHttp | None = None
    int: _Int | None = None
    double: float | None = None
    collection_string: CollectionString | None = None
    collection_bytes: CollectionBytes | None = None

    def WhichOneof(self, _group: str) -> str | None:  # noqa: N802 - protobuf's name for it
        """Name the kind that is set, or None."""
        for kind in TypedData.__slots__:
            if getattr(self, kind) is not None:
                return kind
        return None


@dataclass(frozen=True, slots=True)
class ParameterBinding:
    """The value of one parameter or output."""

    name: str
    data: TypedData | None

    def WhichOneof(self, _group: str) -> str:  # noqa: N802 - protobuf's name for it
        """Name the only kind this host uses."""
        return "data"


class SameSite:
    """The values of a cookie's SameSite."""

    Lax = "Lax"
    Strict = "Strict"
    ExplicitNone = "None"


# "None" is a keyword, so the engine reads this member by getattr.
setattr(SameSite, "None", "")


@dataclass(frozen=True, slots=True)
class Nullable:
    """A value that may be missing."""

    value: Any


@dataclass(frozen=True, slots=True)
class Timestamp:
    """Seconds since 1970 in UTC."""

    seconds: int


@dataclass(frozen=True, slots=True)
class RpcHttpCookie:
    """A cookie that an answer sets."""

    SameSite = SameSite

    name: str
    value: str
    domain: Nullable | None = None
    path: Nullable | None = None
    expires: Nullable | None = None
    secure: Nullable | None = None
    http_only: Nullable | None = None
    same_site: str = ""
    max_age: Nullable | None = None


@dataclass(frozen=True, slots=True)
class RpcException:
    """What a function or the engine raised."""

    message: str = ""
    stack_trace: str = ""
    source: str = ""


class StatusResult:
    """Whether the engine did what it was asked."""

    Failure = 0
    Success = 1

    def __init__(self, status: int, exception: RpcException | None = None) -> None:
        self.status = status
        self.exception = exception


class BindingInfo:
    """Type and direction of a binding; the numbers are those of the wire contract."""

    inout = 2
    out = 1
    undefined = 0

    def __init__(self, type: str, data_type: Any, direction: Any) -> None:  # noqa: A002 - the contract's name
        self.type = type
        self.data_type = data_type
        self.direction = direction


setattr(BindingInfo, "in", 0)

# All that the engine may ask its message module for.
PROTOS = SimpleNamespace(
    BindingInfo=BindingInfo,
    FunctionMetadataResponse=SimpleNamespace,
    InvocationResponse=SimpleNamespace,
    NullableBool=Nullable,
    NullableDouble=Nullable,
    NullableString=Nullable,
    NullableTimestamp=Nullable,
    ParameterBinding=ParameterBinding,
    RpcException=RpcException,
    RpcFunctionMetadata=SimpleNamespace,
    RpcHttp=RpcHttp,
    RpcHttpCookie=RpcHttpCookie,
    RpcRetryOptions=SimpleNamespace,
    StatusResult=StatusResult,
    Timestamp=Timestamp,
    TypedData=TypedData,
    WorkerInitResponse=SimpleNamespace,
    WorkerMetadata=SimpleNamespace,
)
