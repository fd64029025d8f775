"""Options of the whole suite."""

from __future__ import annotations

import signal

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--cluster-url",
        metavar="redis://HOST:PORT[,HOST:PORT...]",
        help="run tests/cluster on this cluster, whose data they delete, not on one of their own",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Ctrl-C works, also for a pytest that a shell has started in the background."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
