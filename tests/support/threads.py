"""Calls that are made in a thread of their own."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any


class Waiter(threading.Thread):
    """Calls a function in a thread; finish() gives what it returned or raised."""

    def __init__(self, function: Callable[[], Any]) -> None:
        super().__init__(daemon=True)
        self._function = function
        self._result: Any = None
        self.start()

    def run(self) -> None:
        try:
            self._result = self._function()
        except Exception as error:
            self._result = error

    def finish(self) -> Any:
        self.join(5)
        assert not self.is_alive()
        return self._result
