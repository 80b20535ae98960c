"""Which request reaches what?"""

from __future__ import annotations

from http import HTTPStatus

from aiohttp import web

from sandbox.control import Control, Refused, json_object
from sandbox.spotler import api_docs, requests, views
from sandbox.spotler.account import Account, Declined, ErrorType, TriggerResult
from sandbox.spotler.gate import BASES, base_of, error_answer, fault_body, gate, load
from sandbox.spotler.mails import mails
from sandbox.spotler.runs import State

_TRIGGER_STATUS = {
    TriggerResult.OK: HTTPStatus.OK,
    TriggerResult.TRIGGER_NOTFOUND: HTTPStatus.NOT_FOUND,
    TriggerResult.CONTACT_NOTFOUND: HTTPStatus.NOT_FOUND,
    TriggerResult.NOT_TRIGGERED: HTTPStatus.EXPECTATION_FAILED,
}


def application(*, latency: float = 0.0, most_at_a_time: int | None = None) -> web.Application:
    """A Spotler with the seed data, ready to be served.

    Args:
        latency: seconds every call lasts longer.
        most_at_a_time: calls above this are answered 429 with Retry-After; None: no limit.
    """
    account = Account()
    control = Control(base_paths=BASES, reset=account.reset, seed=account.seed, fault_body=fault_body)
    app = web.Application(
        client_max_size=16 * 2**20,
        middlewares=[load(latency=latency, most=most_at_a_time), gate(account)],
    )
    control.install(app)
    api, extra = _Api(account), _ControlRoutes(account)
    app.router.add_get("/_sandbox/runs", extra.runs)
    app.router.add_get("/_sandbox/mails", extra.mails)
    app.router.add_get("/_sandbox/publisher", extra.publisher)
    app.router.add_post("/_sandbox/finish", extra.finish)
    app.router.add_post("/_sandbox/remove", extra.remove)
    for base in BASES:
        app.router.add_get(f"{base}/api-docs", api.docs)
        app.router.add_get(f"{base}/api-docs/{{resource}}", api.docs_of)
        app.router.add_get(f"{base}/automation/list", api.list_automations)
        app.router.add_post(f"{base}/automation/trigger/{{code}}", api.trigger_automation)
        app.router.add_post(f"{base}/automation/stop", api.stop_run)
        app.router.add_post(f"{base}/automation/{{id}}/stop", api.stop_automation)
        app.router.add_get(f"{base}/campaign/list", api.list_campaigns)
        app.router.add_post(f"{base}/campaign/trigger/{{id}}", api.trigger_campaign)
        app.router.add_post(f"{base}/campaign/{{id}}/stop", api.stop_campaign)
        app.router.add_get(f"{base}/campaign/{{id}}/mailing", api.campaign_mailings)
        app.router.add_get(f"{base}/contact/search", _not_imitated)
        app.router.add_get(f"{base}/contact/{{id}}", api.contact)
        app.router.add_get(f"{base}/contact/{{id}}/campaign-mailings", api.contact_mailings)
        app.router.add_route("*", f"{base}/{{rest:.*}}", _not_imitated)
    return app


async def _not_imitated(request: web.Request) -> web.Response:
    base = base_of(request.path) or ""
    told = f"The sandbox does not imitate {request.method} {request.path.removeprefix(base)}"
    return error_answer(HTTPStatus.NOT_IMPLEMENTED, None, told)


class _Api:
    """What Mail+ answers."""

    def __init__(self, account: Account) -> None:
        self._account = account

    async def docs(self, _request: web.Request) -> web.Response:
        return web.json_response(api_docs.listing())

    async def docs_of(self, request: web.Request) -> web.Response:
        address = f"{request.scheme}://{request.host}{base_of(request.path)}"
        found = api_docs.declaration(request.match_info["resource"], address)
        return await _not_imitated(request) if found is None else web.json_response(found)

    async def list_automations(self, _request: web.Request) -> web.Response:
        return web.json_response(views.automations(self._account.catalogue.automations.values()))

    async def trigger_automation(self, request: web.Request) -> web.Response:
        body = requests.json_body(await request.read())
        answer = self._account.trigger_automation(
            request.match_info["code"],
            requests.external_contact_id(body),
            requests.fields(body, "automationFields"),
        )
        return web.json_response(views.triggered(answer), status=_TRIGGER_STATUS[answer.result])

    async def stop_automation(self, request: web.Request) -> web.Response:
        body = requests.json_body(await request.read())
        self._account.stop_automation(request.match_info["id"], requests.external_contact_id(body))
        return _no_content()

    async def stop_run(self, request: web.Request) -> web.Response:
        self._account.stop_run(requests.run_id(requests.json_body(await request.read())))
        return _no_content()

    async def list_campaigns(self, _request: web.Request) -> web.Response:
        return web.json_response(views.campaigns(self._account.catalogue.campaigns.values()))

    async def trigger_campaign(self, request: web.Request) -> web.Response:
        body = requests.json_body(await request.read())
        self._account.trigger_campaign(
            request.match_info["id"],
            requests.external_contact_id(body),
            requests.fields(body, "campaignFields"),
        )
        return _no_content()

    async def stop_campaign(self, request: web.Request) -> web.Response:
        body = requests.json_body(await request.read())
        self._account.stop_campaign(request.match_info["id"], requests.external_contact_id(body))
        return _no_content()

    async def campaign_mailings(self, request: web.Request) -> web.Response:
        found = self._account.campaign(request.match_info["id"])
        subjects = None if found.messages is None else [one.subject for one in found.messages]
        return web.json_response(views.mailings(found.encrypted_id, found.name, subjects))

    async def contact(self, request: web.Request) -> web.Response:
        found = self._account.catalogue.contacts.get(request.match_info["id"])
        if found is None:
            raise Declined(404, ErrorType.CONTACT_NOT_FOUND, "Contact not found")
        return web.json_response(views.contact(found))

    async def contact_mailings(self, request: web.Request) -> web.Response:
        external_id = request.match_info["id"]
        if external_id not in self._account.catalogue.contacts:
            raise Declined(404, ErrorType.CONTACT_NOT_FOUND, "Contact not found")
        after = request.query.get("after", "0")
        if not (after.isascii() and after.isdecimal() and len(after) < 10):
            raise Declined(400, ErrorType.INVALID_PARAMS, "after must be a whole number")
        address = f"{request.scheme}://{request.host}{request.raw_path.partition('?')[0]}"
        return web.json_response(views.campaign_mailings(self._account, external_id, int(after), address))


class _ControlRoutes:
    """What only a sandbox can tell and do."""

    def __init__(self, account: Account) -> None:
        self._account = account

    async def runs(self, _request: web.Request) -> web.Response:
        return web.json_response([run.as_json() for run in self._account.runs.every()])

    async def mails(self, _request: web.Request) -> web.Response:
        return web.json_response(mails(self._account))

    async def publisher(self, _request: web.Request) -> web.Response:
        return web.json_response(views.publisher(self._account))

    async def finish(self, request: web.Request) -> web.Response:
        body = await json_object(request)
        if set(body) != {"runId"}:
            raise Refused('The body must be {"runId": ...}.')
        run = self._account.runs.find(str(body["runId"]))
        if run is None:
            raise Refused("There is no run with that runId.")
        if run.state is not State.RUNNING:
            raise Refused(f"That run is {run.state.value} already.")
        run.end(State.FINISHED)
        return web.json_response(run.as_json())

    async def remove(self, request: web.Request) -> web.Response:
        return web.json_response(self._account.remove(await json_object(request)))


def _no_content() -> web.Response:
    return web.Response(status=HTTPStatus.NO_CONTENT)
