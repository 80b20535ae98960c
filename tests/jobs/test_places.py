"""Calls side by side: never more than allowed, fewer after 429, and back again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.places import CAREFUL_ROUNDS, Places


async def most_at_once(places: Places, callers: int, then: Callable[[], None] = lambda: None) -> int:
    """How many of these callers held a place at once; all have had their turn, within five seconds."""
    now = most = 0

    async def caller() -> None:
        nonlocal now, most
        async with places.place():
            now += 1
            most = max(most, now)
            await asyncio.sleep(0)
            then()
            now -= 1

    async with asyncio.timeout(5):
        await asyncio.gather(*(caller() for _ in range(callers)))
    assert now == 0
    return most


async def test_never_more_than_the_most_at_once() -> None:
    """Twenty callers share three places, and all have their turn."""
    assert await most_at_once(Places(3), 20) == 3


async def test_one_wave_of_refusals_halves_once() -> None:
    """Eight calls that were under way together and all got 429 leave four places, not one."""
    places = Places(8)

    async def refused() -> None:
        async with places.place() as of_round:
            await asyncio.sleep(0)
            places.too_many(of_round)

    await asyncio.gather(*(refused() for _ in range(8)))
    assert places.room == 4


async def test_a_caller_that_is_ended_leaves_its_place() -> None:
    """Cancelling those who hold and those who wait leaves room for the next."""
    places = Places(1)
    holding = asyncio.Event()

    async def hold() -> None:
        async with places.place():
            holding.set()
            await asyncio.Event().wait()

    async def take() -> None:
        async with places.place():
            return

    first = asyncio.create_task(hold())
    await holding.wait()
    second, third = asyncio.create_task(hold()), asyncio.create_task(take())
    await asyncio.sleep(0)
    second.cancel()
    first.cancel()
    async with asyncio.timeout(5):
        await third
    for one in (first, second):
        with pytest.raises(asyncio.CancelledError):
            await one


async def test_a_place_is_passed_on_by_who_is_ended_with_it() -> None:
    """Who is cancelled after it was woken and before it went on lets the next one have the place."""
    places = Places(1)

    async def take() -> None:
        async with places.place():
            return

    async with places.place():
        second, third = asyncio.create_task(take()), asyncio.create_task(take())
        await asyncio.sleep(0)
    second.cancel()
    async with asyncio.timeout(5):
        await third
    with pytest.raises(asyncio.CancelledError):
        await second


async def test_room_that_comes_back_is_used() -> None:
    """After one refusal left one place of two, all who wait have their turn, and two at a time again."""
    places = Places(2)
    places.too_many(0)
    assert await most_at_once(places, 20 * CAREFUL_ROUNDS, places.answered) == 2


@given(st.integers(1, 64), st.lists(st.booleans(), max_size=200))
def test_room_stays_within_its_bounds(most: int, refused: list[bool]) -> None:
    """Whatever the answers, there is at least one place and never more than the most."""
    places = Places(most)
    for turn, one in enumerate(refused):
        if one:
            places.too_many(turn)
        else:
            places.answered()
        assert 1 <= places.room <= most


def test_room_comes_back() -> None:
    """After a refusal, good answers open the places again."""
    places = Places(8)
    places.too_many(0)
    assert places.room == 4
    for _ in range(40 * CAREFUL_ROUNDS):
        places.answered()
    assert places.room == 8


def test_what_was_too_many_is_tried_again_seldom() -> None:
    """A Spotler that takes five at a time refuses few of many calls, once that is known."""
    places = Places(16)
    refused = 0
    for turn in range(2000):
        if places.room > 5:
            places.too_many(places._round)
            refused += turn >= 1000
        else:
            places.answered()
    assert refused <= 20
