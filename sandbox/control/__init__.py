"""How do tests and the console switch faults, read the journal and set the state of a sandbox part?

For a part (an `aiohttp.web` application)
-----------------------------------------
::

    control = Control(
        base_paths=("/api/data/v9.2",),        # faults match what follows one of these; longest wins
        reset=store.reset,                     # () -> None: back to the seed data
        seed=store.seed,                       # (dict) -> dict[str, int] of rows added; raises Refused
        fault_body=odata_error,                # (status) -> JSON of a "status" fault; optional
    )
    app = web.Application(client_max_size=64 * 2**20)
    control.install(app)                       # middleware in front of the part's own, and the routes
    app.router.add_get("/_sandbox/runs", ...)  # a part may add control routes of its own
    ...
    asyncio.run(serve("dataverse", app, host="127.0.0.1", port=7082))   # prints "ready dataverse 7082"

`add_arguments(parser)` gives a part the options `--host` and `--port`.
Control handlers of a part read their body with `await json_object(request)` and raise `Refused(sentence)`
for a 400 with that sentence. Requests under `/_sandbox/` are neither journalled nor faulted.

Batch parts: `entry_of(request).add_child(method, path, status)` puts a part under its batch in the journal;
`control.part_fault(method, path)` gives the `Fault` of kind `status` to answer that part with (and counts
the hit), or None; render it with `control.fault_answer(fault)` -> `(status, headers, body bytes)`.
The whole batch request is matched as ``POST /$batch``.

A handler under the control must answer with a `web.Response` (or raise `web.HTTPException`), not a stream,
so that half of it can be sent. It runs to its end even when the client has gone away: an abandoned request
that takes effect late is one of the things to be imitated.

Over HTTP (JSON; every route answers 200, bad input 400 ``{"error": sentence}``)
-------------------------------------------------------------------------------
- ``POST /_sandbox/reset``: the part as freshly started: seed data, no faults, empty journal; requests that
  still wait in a fault are dropped without effect.
- ``POST /_sandbox/seed`` with an object: adds rows; answers how many of each.
- ``GET /_sandbox/journal``: a list, oldest first, of ``{"id", "time" (UTC, ISO 8601), "method", "path" (as on
  the wire, with its query), "status" (null: none made, or dropped), "seconds" (null: still running),
  "answered" (false: the client did not get the whole answer), "fault" (id or null), "children": [{"method",
  "path", "status"}]}``. The last 20 000 requests are kept. ``DELETE`` empties it.
- ``POST /_sandbox/faults`` with one fault: answers ``{"id"}``. ``GET``: the list with ``remaining`` and
  ``hits``. ``DELETE``: all of them, or one with ``?id=``. See `sandbox.control.faults` for the members.
"""

from sandbox.control.bodies import Refused, json_object
from sandbox.control.faults import Fault
from sandbox.control.install import Control, entry_of
from sandbox.control.journal import Entry
from sandbox.control.serving import add_arguments, serve

__all__ = ["Control", "Entry", "Fault", "Refused", "add_arguments", "entry_of", "json_object", "serve"]
