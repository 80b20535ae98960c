"""Which requests let entries appear in a Timeline, and jobs be posted to the webhook?"""

from __future__ import annotations

from typing import Final

from dataverse.description.installed import Feed, Webhook
from dataverse.provisioning import bodies, environment
from dataverse.provisioning.steps import (
    CreateEndpoint,
    CreateFeed,
    CreateStep,
    EnableFeed,
    EnableStep,
    MoveEndpoint,
    PostingStep,
    SetKey,
)
from dataverse.provisioning.work import NotThere, Work

_ENDPOINTS: Final = "serviceendpoints"
_STEPS: Final = "sdkmessageprocessingsteps"
_FEEDS: Final = "msdyn_postconfigs"
_ENABLED: Final = {"statecode": 0, "statuscode": 1}


async def carry_out(step: PostingStep, work: Work) -> None:
    """Send what the step consists of.

    Raises:
        NotThere: the message of the table is not to be seen.
        DataverseError: it was not carried out, or that is unknown.
        ValueError: the webhook's key is needed and was not given.
    """
    match step:
        case CreateFeed(feed):
            await _create_feed(work, feed)
        case EnableFeed(feed):
            await work.change(_FEEDS, feed.id, {"msdyn_configurewall": True, **_ENABLED})
        case CreateEndpoint(webhook, url):
            body = bodies.endpoint(webhook, url, work.given_key())
            await work.create(_ENDPOINTS, body, f"Create {_ENDPOINTS}")
        case MoveEndpoint(webhook, url):
            await work.change(_ENDPOINTS, webhook.endpoint_id, {"url": url})
        case SetKey(webhook):
            await work.change(_ENDPOINTS, webhook.endpoint_id, bodies.endpoint_key(work.given_key()))
        case CreateStep(webhook):
            await _create_step(work, webhook)
        case EnableStep(webhook):
            await work.change(_STEPS, webhook.step_id, _ENABLED)


async def _create_feed(work: Work, feed: Feed) -> None:
    definition = work.found.definitions[feed.table]
    name = definition.words.get(work.languages.base, feed.table)
    await work.create(_FEEDS, bodies.feed(feed, name, definition.type_code), f"Create {_FEEDS}")


async def _create_step(work: Work, webhook: Webhook) -> None:
    ids = await environment.create_filter(work.sender, work.wanted)
    if ids is None:
        raise NotThere(f"Message {webhook.message} of {webhook.table}: not seen yet")
    filter_id, message_id = ids
    body = bodies.step(webhook, message_id=message_id, filter_id=filter_id)
    await work.create(_STEPS, body, f"Create {_STEPS}")
