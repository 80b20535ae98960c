"""Did an overload leave everything as promised?"""

from __future__ import annotations

from collections import Counter

from tests.overload.load import MOST_CALLS, SPOTLER_TAKES, Measured, side_by_side

SUCCEEDED = 724000002
FLAT_MIB = 10.0
"""More than this between a quarter of the jobs and the last would be something that grows with them."""


def assert_promises(measured: Measured) -> None:
    """Fail at the first promise that was not kept, saying which.

    Raises:
        AssertionError: naming it.
    """
    told = measured.told()
    codes = Counter((row["statuscode"], row["spotler_resultcode"]) for row in measured.rows)
    assert codes == {(SUCCEEDED, "OK"): measured.size}, f"a limit reached a row: {codes}\n{told}"
    starts = Counter(run["externalContactId"] for run in measured.runs)
    assert len(starts) == measured.size, f"{len(starts)} persons were started\n{told}"
    assert set(starts.values()) == {1}, f"somebody was started twice\n{told}"
    posts = Counter(post["_regardingobjectid_value"] for post in measured.posts)
    assert set(posts.values()) == {1}, f"somebody's Timeline has two posts\n{told}"
    assert len(posts) == measured.size, f"{len(posts)} persons have a post\n{told}"
    assert measured.dead == 0, f"{measured.dead} dead letters\n{told}"
    assert all(measured.refusals.values()), f"a limit never struck, so nothing was shown\n{told}"
    assert side_by_side(measured.calls) <= MOST_CALLS, told
    half = measured.calls[len(measured.calls) // 2 :]
    assert side_by_side(half) <= SPOTLER_TAKES + 2, f"the app did not come down\n{told}"
    assert measured.share_refused(half) < measured.share_refused(measured.calls[:50]), told
    if measured.memory:
        grown = measured.memory[-1][1] - measured.memory_after(measured.size // 4)
        assert grown < FLAT_MIB, f"memory grew by {grown:.1f} MiB\n{told}"
