"""Signals that come while a call waits: what their handler does, and how soon it had effect."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from types import FrameType
from typing import Any


class Interrupted(BaseException):
    """What the handler raises; no `except Exception` may swallow it."""


class Handler:
    """Counts signals, and raises if it is told to."""

    def __init__(self) -> None:
        self.calls = 0
        self.raises = True

    def __call__(self, number: int, frame: FrameType | None) -> None:
        self.calls += 1
        if self.raises:
            raise Interrupted


class Sender(threading.Thread):
    """Sends signals once a call waits, with a pause after each, and calls `then` behind them."""

    def __init__(
        self, waits: Callable[[], bool], count: int = 1, then: Callable[[], Any] | None = None
    ) -> None:
        super().__init__(daemon=True)
        self.sent_at = 0.0
        self.fault: BaseException | None = None
        self._waits = waits
        self._count = count
        self._then = then
        self.start()

    def run(self) -> None:
        try:
            self._send()
        except BaseException as fault:
            self.fault = fault

    def finish(self) -> None:
        """Wait for the end; raises what went wrong."""
        self.join(10)
        assert not self.is_alive()
        if self.fault is not None:
            raise self.fault

    def _send(self) -> None:
        end = time.monotonic() + 5
        while not self._waits() and time.monotonic() < end:
            time.sleep(0.002)
        # What it waits in is called a little after it can be seen to wait.
        time.sleep(0.03)
        for _ in range(self._count):
            self.sent_at = time.monotonic()
            os.kill(os.getpid(), signal.SIGUSR1)
            time.sleep(0.02)
        if self._then is not None:
            self._then()
