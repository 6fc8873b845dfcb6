"""What a running search says: one line that is redrawn in a terminal, plain lines in a log file."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import Any, Self

__all__ = ["Progress"]

LOG_INTERVAL = 10.0  # seconds between lines in a log file


class Progress:
    """Messages on standard error, or nothing if `silence`."""

    def __init__(self, title: str, silence: bool = False) -> None:
        self._title = title
        self._silence = silence
        self._live = not silence and sys.stderr.isatty()
        self._status: Any = None
        self._last = -float("inf")

    def __enter__(self) -> Self:
        if self._live:
            from rich.console import Console

            console = Console(stderr=True, highlight=False)
            self._status = console.status(self._title)
            self._status.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._status is not None:
            self._status.stop()
            self._status = None

    def say(self, message: str) -> None:
        """A line that stays."""
        if self._silence:
            return
        if self._status is not None:
            self._status.console.print(f"{self._title}: {message}", markup=False)
        else:
            print(f"{time.strftime('%H:%M:%S')} {self._title}: {message}", file=sys.stderr, flush=True)

    def update(self, message: str) -> None:
        """Where the search stands: replaces the last such message, or appears now and then in a log file."""
        if self._silence:
            return
        if self._status is not None:
            from rich.text import Text

            self._status.update(Text(f"{self._title}: {message}"))
        elif time.monotonic() - self._last >= LOG_INTERVAL:
            self._last = time.monotonic()
            self.say(message)
