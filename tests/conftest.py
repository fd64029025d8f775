"""Options of the whole suite."""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--cluster-url",
        metavar="redis://HOST:PORT[,HOST:PORT...]",
        help="run tests/cluster on this cluster, whose data they delete, not on one of their own",
    )
