"""Time in the simulated cloud, which passes faster than outside."""

import asyncio
import time


class Clock:
    """A clock whose seconds are shorter than real ones.

    :param scale: real seconds for each simulated second, such as 0.001; not negative.
    """

    def __init__(self, scale: float) -> None:
        self._scale = scale
        self._start = time.monotonic()
        self._before = 0.0

    def now(self) -> float:
        """Returns the simulated seconds since the cloud began; without time, always 0."""
        if not self._scale:
            return self._before
        return self._before + (time.monotonic() - self._start) / self._scale

    def go_on_from(self, seconds: float) -> None:
        """Takes these simulated seconds as passed before the clock was made."""
        self._before = seconds

    def real(self, seconds: float) -> float:
        """Returns the real seconds that simulated ones take."""
        return seconds * self._scale

    async def sleep(self, seconds: float) -> None:
        """Waits until that many simulated seconds have passed."""
        await asyncio.sleep(seconds * self._scale)
