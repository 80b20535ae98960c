"""Does a part start, say so, and end as promised?"""

from __future__ import annotations

import asyncio
import signal
import sys

import aiohttp

PART = """
import asyncio
from aiohttp import web
from sandbox.control import Control, serve
control = Control(base_paths=("/",), reset=lambda: None, seed=lambda given: {})
app = web.Application()
control.install(app)
asyncio.run(serve("sample", app, host="127.0.0.1", port=0))
"""


async def test_a_part_tells_its_port_once_and_ends_cleanly_when_asked() -> None:
    """One line on stdout once connections are accepted; SIGTERM ends it with status 0."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PART, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(15):
            word, name, port = (await process.stdout.readline()).decode().split()
            assert (word, name) == ("ready", "sample")
            async with (
                aiohttp.ClientSession() as http,
                http.get(f"http://127.0.0.1:{port}/_sandbox/journal") as answer,
            ):
                assert await answer.json() == []
            process.send_signal(signal.SIGTERM)
            out, err = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert (process.returncode, out, err) == (0, b"", b"")
