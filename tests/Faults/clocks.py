"""Wrong clocks for the fault tests: a library (clock.c) that a process loads first, and a file that says how wrong its clock is."""

import atexit
import functools
import pathlib
import shutil
import struct
import subprocess
import tempfile

# Why no clock can be wrong here; None where it can.
MISSING = None if shutil.which("cc") else "wrong clocks need a C compiler (Debian: gcc)"

# The shifts that are tried, in seconds.
SHIFTS = [90, -90, 3600, -3600]


class Clock:
    """A clock that is right until it is set otherwise."""

    def __init__(self, place):
        self.place, self.shift = place, 0
        place.write_bytes(struct.pack("l", 0))
        self.environment = {} if MISSING else {"LD_PRELOAD": str(library()), "CLOCK_FILE": str(place)}

    def set(self, shift):
        """Sets it so many seconds ahead of the machine's, or behind."""
        self.shift = shift
        with open(self.place, "r+b", buffering=0) as file:  # in place: processes have mapped it
            file.write(struct.pack("l", shift))


@functools.cache
def library():
    """The library, built."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="rnnsweep-clock-"))
    atexit.register(shutil.rmtree, folder)
    place = folder / "clock.so"
    subprocess.run(["cc", "-shared", "-fPIC", "-O2", "-Wall", "-Werror", "-o", place, pathlib.Path(__file__).with_name("clock.c"), "-ldl"], check=True)
    return place
