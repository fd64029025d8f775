"""A thread that makes one call after the other to one shard, and notes how long each took."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any, NamedTuple

from rediscluster_c.localcluster import LocalCluster, Node
from tests.support.resp import key_slot

_PAUSE = 0.005


class Call(NamedTuple):
    """`outcome` is None for one that was answered, otherwise that of its exception."""

    began: float
    seconds: float
    outcome: str | None
    error: Exception | None


def keys_of(cluster: LocalCluster, node: Node, count: int) -> list[str]:
    """Keys of slots that the primary serves."""
    view = node.command("CLUSTER", "SLOTS")
    slots = {
        slot
        for first, last, primary, *_ in view
        if primary[1] == node.port
        for slot in range(first, last + 1)
    }
    names = (f"probe:{number}" for number in itertools.count())
    return list(itertools.islice((n for n in names if key_slot(n.encode()) in slots), count))


class Probe:
    """A context manager; inside it, `call` is made again and again."""

    def __init__(self, call: Callable[[], Any], pause: float = _PAUSE) -> None:
        self.calls: list[Call] = []
        self._call = call
        self._pause = pause
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Probe:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._over.set()
        self._thread.join(50)
        assert not self._thread.is_alive(), "a call hangs"

    @property
    def failed(self) -> list[Call]:
        return [call for call in self.calls if call.error is not None]

    @property
    def slowest(self) -> float:
        return max(call.seconds for call in self.calls)

    def answered_after(self, moment: float) -> bool:
        """Whether a call that began later was answered."""
        return any(call.began > moment and call.error is None for call in self.calls)

    def _run(self) -> None:
        while not self._over.is_set():
            began = time.monotonic()
            error: Exception | None = None
            try:
                self._call()
            except Exception as raised:
                error = raised
            outcome = None if error is None else str(getattr(error, "outcome", "untold"))
            self.calls.append(Call(began, time.monotonic() - began, outcome, error))
            time.sleep(self._pause)
