"""What do Microsoft's tests take from their private helpers, where there is nothing to record and no cloud to ask?"""

from __future__ import annotations

from azure.core.credentials import AzureNamedKeyCredential


class AzureMgmtRecordedTestCase:
    """The base of their test classes."""


class AzureRecordedTestCase(AzureMgmtRecordedTestCase):
    """The same."""

    @staticmethod
    def await_prepared_test[Test](test: Test) -> Test:
        """Leave a coroutine to pytest-asyncio."""
        return test


def get_credential(*, is_async: bool = False) -> AzureNamedKeyCredential:
    """Give the sandbox's key, where the real helper logs in; sync and async clients take the same."""
    del is_async
    return AzureNamedKeyCredential("sandbox", "sandbox")
