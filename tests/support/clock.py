"""Bounds on time, for tests of what must not hang."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from pathlib import Path


def starved() -> float:
    """For how many seconds threads of this process have been ready to run, and had no processor."""
    nanoseconds = 0
    for task in Path("/proc/self/task").iterdir():
        with contextlib.suppress(OSError):  # a thread that has just ended
            nanoseconds += int((task / "schedstat").read_text().split()[1])
    return nanoseconds / 1e9


@contextlib.contextmanager
def within(seconds: float) -> Iterator[None]:
    """Fail when the block takes longer, however it ends.

    On a busy machine that is but for the time in which this process had no processor.
    """
    start, starved_before = time.monotonic(), starved()
    try:
        yield
    finally:
        taken = time.monotonic() - start - max(0.0, starved() - starved_before)
        assert taken < seconds, f"took {taken:.2f} s, {seconds} s are allowed"


@contextlib.contextmanager
def at_least(seconds: float) -> Iterator[None]:
    """Fail when the block takes less."""
    start = time.monotonic()
    yield
    taken = time.monotonic() - start
    assert taken >= seconds, f"took {taken:.4f} s, no less than {seconds} s are expected"
