"""Tests' own bounds on time: what waits is late, and what has no processor is not."""

from __future__ import annotations

import threading
import time

import pytest

from tests.support.clock import starved, within


def test_what_sleeps_too_long_is_late() -> None:
    with pytest.raises(AssertionError, match=r"took 0\.\d\d s, 0\.02 s are allowed"):
        with within(0.02):
            time.sleep(0.3)
    with within(10):
        time.sleep(0.01)


def test_time_without_a_processor_is_seen() -> None:
    """Time that passes is what a thread runs, and what it would have run."""
    found: list[float] = []

    def work() -> None:
        begun, ran, before = time.monotonic(), time.thread_time(), starved()
        while time.thread_time() - ran < 0.2:
            pass
        found.append(time.monotonic() - begun - (starved() - before))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert found[0] < 1
