"""
Wrong clocks for the fault tests, by libfaketime (Debian: faketime). A process that is started with the environment of a clock has that clock's time of day; its
monotonic clock is the machine's.
"""

import glob
import os

LIBRARY = next(iter(glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1")), None)

# Why no clock can be wrong here; None where it can.
MISSING = None if LIBRARY else "wrong clocks need libfaketime (Debian: faketime)"

# The shifts that are tried, in seconds.
SHIFTS = [90, -90, 3600, -3600]


class Clock:
    """A clock that is right until it is set otherwise."""

    def __init__(self, place):
        self.place, self.shift = place, 0
        self.set(0)
        # The library reads the file again when a second has passed.
        self.environment = {} if MISSING else {
            "LD_PRELOAD": LIBRARY, "FAKETIME_TIMESTAMP_FILE": str(place), "FAKETIME_CACHE_DURATION": "1", "DONT_FAKE_MONOTONIC": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1"}

    def set(self, shift):
        """Sets it so many seconds ahead of the machine's, or behind."""
        self.shift = shift
        new = self.place.with_suffix(".new")
        new.write_text(f"{shift:+d}\n")
        os.replace(new, self.place)
