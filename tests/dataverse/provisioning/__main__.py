"""Does an installation survive being cut off before and after every single change?

Takes some minutes, so it is a command (`python -m tests.dataverse.provisioning`) and no test; the tests cut
at some of the changes only.
"""

from __future__ import annotations

import asyncio
import sys

from dataverse.provisioning.found import Found
from tests.dataverse.provisioning.site import Cut, Cutting, Site, dataverse, over, plain_http


async def _wrong(site: Site, changes: int, *, after: bool, whole: Found) -> str | None:
    await site.start_over()
    try:
        await site.apply(http=over(Cutting(changes, after=after)))
    except Cut:
        ran = await site.apply()
    else:
        return "was not cut off"
    if ran.code != 0:
        return ran.complained
    return None if await site.found() == whole else "another end"


async def _every_cut(url: str) -> int:
    async with plain_http() as http:
        site, wrong = Site(url, http), 0
        await site.start_over()
        await site.apply()
        whole, total = await site.found(), len(await site.changes())
        for after in (False, True):
            for changes in range(total):
                told = await _wrong(site, changes, after=after, whole=whole)
                if told is not None:
                    wrong += 1
                    sys.stdout.write(f"cut {'after' if after else 'before'} change {changes + 1}: {told}\n")
        sys.stdout.write(f"{2 * total} interruptions, {wrong} wrong\n")
        return min(wrong, 1)


if __name__ == "__main__":
    with dataverse() as address:
        sys.exit(asyncio.run(_every_cut(address)))
