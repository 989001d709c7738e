"""Does one process at most believe that it leads, whatever happens to requests?"""

import asyncio
import copy
import random
from typing import Any, cast

import aiohttp
import pytest

from preceptor_operator.config import LeaderElection
from preceptor_operator.edges.api import Api, ApiError
from preceptor_operator.engine import lease as module
from preceptor_operator.engine.lease import Lease

SETTINGS = LeaderElection(lease_seconds=15, renew_seconds=10, retry_seconds=2)


class Timeline(asyncio.SelectorEventLoop):
    """An event loop whose clock jumps to the next timer instead of waiting for it."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0

    def time(self) -> float:
        """Seconds since the test began."""
        return self.now

    def _run_once(self) -> None:
        waiting = [timer.when() for timer in self._scheduled if not timer.cancelled()]  # type: ignore[attr-defined]
        if not self._ready and waiting:  # type: ignore[attr-defined]
            self.now = max(self.now, min(waiting))
        super()._run_once()  # type: ignore[misc]


class Server:
    """A Lease on an API server with optimistic concurrency; each client's connection can be slow or cut."""

    def __init__(self) -> None:
        self.lease: dict[str, Any] | None = None
        self.version = 0

    def get(self) -> dict[str, Any] | None:
        """The lease as it is now."""
        return copy.deepcopy(self.lease)

    def put(self, body: dict[str, Any]) -> None:
        """Replace it. Raises ApiError when somebody was quicker."""
        held = self.lease or {"metadata": {}}
        if body["metadata"].get("resourceVersion") != held["metadata"].get("resourceVersion"):
            raise ApiError(409, "conflict")
        self.version += 1
        self.lease = copy.deepcopy({**body, "metadata": {**body["metadata"], "resourceVersion": str(self.version)}})


class Line:
    """One process' connection to the server."""

    def __init__(self, server: Server, dice: random.Random | None = None) -> None:
        self.server, self.dice, self.cut, self.answers_lost, self.slow = server, dice, False, False, 0.0

    async def _travel(self) -> None:
        if self.cut or (self.dice and self.dice.random() < 0.3):
            await asyncio.sleep(self.dice.uniform(0, 8) if self.dice else 1)
            raise aiohttp.ClientConnectionError("cut")
        await asyncio.sleep(self.dice.uniform(0, 4) if self.dice else self.slow)

    async def get(self, path: str) -> dict[str, Any] | None:
        """GET."""
        await self._travel()
        return self.server.get()

    async def create(self, path: str, body: dict[str, Any]) -> dict[str, Any] | None:
        """POST; None when it is there."""
        await self._travel()
        if self.server.lease is not None:
            return None
        self.server.put(body)
        return body

    async def request(self, method: str, path: str, *, body: dict[str, Any]) -> dict[str, Any]:
        """PUT."""
        await self._travel()
        self.server.put(body)
        # The write landed; its answer may not come back.
        await self._travel()
        if self.answers_lost:
            raise aiohttp.ClientConnectionError("the answer was lost")
        return body


class Process:
    """One operator that wants to lead."""

    def __init__(self, name: str, line: Line, leading: set[str]) -> None:
        self.name, self.line, self.leading = name, line, leading
        self.led = 0
        self.lease = Lease(cast(Api, line), "system", name, SETTINGS)

    async def work(self) -> None:
        """Leads until cancelled; two at once are the fault that is looked for."""
        self.led += 1
        self.leading.add(self.name)
        assert len(self.leading) == 1, f"{self.leading} lead at once"
        try:
            await asyncio.Event().wait()
        finally:
            self.leading.discard(self.name)

    async def again_and_again(self) -> None:
        """A container that is started again whenever its process ends."""
        while True:
            await self.lease.lead(self.work)


@pytest.fixture
def timeline(monkeypatch: pytest.MonkeyPatch) -> Timeline:
    """A loop with a clock of its own, which the lease reads too."""
    loop = Timeline()
    monkeypatch.setattr(module.time, "monotonic", lambda: loop.now)
    return loop


def pair(dice: random.Random | None = None) -> tuple[Process, Process, set[str]]:
    """Two processes at one server."""
    server, leading = Server(), set[str]()
    one, two = (Process(name, Line(server, dice), leading) for name in ("one", "two"))
    return one, two, leading


def play(loop: Timeline, story: Any) -> None:
    """Run a story on the timeline, and end whatever it started."""

    async def told() -> None:
        await story
        mine = asyncio.current_task()
        rest = [task for task in asyncio.all_tasks() if task is not mine]
        for task in rest:
            task.cancel()
        for result in await asyncio.gather(*rest, return_exceptions=True):
            if isinstance(result, AssertionError):
                raise result

    try:
        loop.run_until_complete(told())
    finally:
        loop.close()


def test_one_of_two_leads_and_the_other_follows_when_it_is_given_back(timeline: Timeline) -> None:
    async def story() -> None:
        one, two, leading = pair()
        first = asyncio.create_task(one.lease.lead(one.work))
        await asyncio.sleep(1)
        asyncio.create_task(two.lease.lead(two.work))  # noqa: RUF006 - ended by play
        await asyncio.sleep(60)
        assert leading == {"one"}
        first.cancel()
        await asyncio.sleep(SETTINGS.retry_seconds * 2 + 1)
        assert leading == {"two"}

    play(timeline, story())


def test_a_leader_that_reaches_nothing_stops_before_anybody_else_begins(timeline: Timeline) -> None:
    async def story() -> None:
        one, two, leading = pair()
        asyncio.create_task(one.lease.lead(one.work))  # noqa: RUF006
        await asyncio.sleep(1)
        asyncio.create_task(two.lease.lead(two.work))  # noqa: RUF006
        await asyncio.sleep(20)
        one.line.cut = True
        await asyncio.sleep(SETTINGS.renew_seconds + 2)
        assert leading == set()
        await asyncio.sleep(SETTINGS.lease_seconds)
        assert leading == {"two"}

    play(timeline, story())


def test_a_slow_renewal_counts_from_when_it_was_sent(timeline: Timeline) -> None:
    """The write is seen by others at once, its answer arrives late: the leader must not count from the answer."""

    async def story() -> None:
        one, two, leading = pair()
        asyncio.create_task(one.lease.lead(one.work))  # noqa: RUF006
        await asyncio.sleep(1)
        asyncio.create_task(two.lease.lead(two.work))  # noqa: RUF006
        one.line.slow = 1.5
        await asyncio.sleep(40)
        one.line.cut = True
        await asyncio.sleep(SETTINGS.lease_seconds * 3)
        assert leading == {"two"}

    play(timeline, story())


def test_a_leader_stops_as_soon_as_it_sees_another_holder(timeline: Timeline) -> None:
    async def story() -> None:
        one, _, leading = pair()
        asyncio.create_task(one.lease.lead(one.work))  # noqa: RUF006
        await asyncio.sleep(5)
        taken = one.line.server.get()
        assert taken is not None
        taken["spec"]["holderIdentity"] = "two"
        one.line.server.put(taken)
        await asyncio.sleep(SETTINGS.retry_seconds + 1)
        assert leading == set()

    play(timeline, story())


def test_a_lost_answer_to_a_renewal_ends_no_leadership(timeline: Timeline) -> None:
    async def story() -> None:
        one, _, leading = pair()
        asyncio.create_task(one.lease.lead(one.work))  # noqa: RUF006
        await asyncio.sleep(5)
        one.line.answers_lost = True
        await asyncio.sleep(SETTINGS.renew_seconds / 2)
        one.line.answers_lost = False
        await asyncio.sleep(60)
        assert leading == {"one"}
        assert one.led == 1

    play(timeline, story())


@pytest.mark.parametrize("seed", range(40))
def test_two_never_lead_at_once_on_any_bad_network(seed: int, timeline: Timeline) -> None:
    async def story() -> None:
        one, two, _ = pair(random.Random(seed))
        asyncio.create_task(one.again_and_again())  # noqa: RUF006
        asyncio.create_task(two.again_and_again())  # noqa: RUF006
        await asyncio.sleep(3600)
        assert one.led + two.led > 0

    play(timeline, story())


def test_the_error_of_the_work_is_the_error_of_leading(timeline: Timeline) -> None:
    async def story() -> None:
        one, _, _ = pair()

        async def broken() -> None:
            raise OSError("no more files")

        with pytest.raises(OSError, match="no more files"):
            await one.lease.lead(broken)
        assert (one.line.server.get() or {})["spec"]["holderIdentity"] == ""

    play(timeline, story())
