"""Bounds on time, for tests of what must not hang."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator


@contextlib.contextmanager
def within(seconds: float) -> Iterator[None]:
    """Fail when the block takes longer, however it ends."""
    start = time.monotonic()
    try:
        yield
    finally:
        taken = time.monotonic() - start
        assert taken < seconds, f"took {taken:.2f} s, {seconds} s are allowed"


@contextlib.contextmanager
def at_least(seconds: float) -> Iterator[None]:
    """Fail when the block takes less."""
    start = time.monotonic()
    yield
    taken = time.monotonic() - start
    assert taken >= seconds, f"took {taken:.4f} s, no less than {seconds} s are expected"
