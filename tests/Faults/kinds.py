"""
The kinds of faults of a campaign. Each is a function that harms a campaign's cluster and returns when the fault is over, so no two faults overlap but for what the
cluster still has to recover from. Silos that it may end are marked with the reason (`harm`), which explains their exit code.
"""

import dataclasses
import os
import signal
import subprocess
import time
from collections.abc import Callable

from clocks import SHIFTS
from processes import PATIENCE, Failure


@dataclasses.dataclass
class Kind:
    """A kind of fault."""

    text: str               # for the table, with {} for the shortest and the longest duration
    act: Callable           # harms a campaign; its arguments: the campaign, the Aim
    seconds: tuple          # the shortest and the longest duration
    needs: str | None       # what it needs beside a cluster: "network", "disk", "clocks"
    ends_client: bool       # whether it may end the client: that does not wait for a database when it starts, nor for a full disk

    def describe(self, seconds=None):
        """What the fault is, of durations between two, or between its own ones."""
        return self.text.format(*(seconds or self.seconds))


@dataclasses.dataclass
class Aim:
    """What a fault hits."""

    silo: object
    other: object           # another silo
    seconds: float          # the duration
    number: int             # any number


KINDS = {}

# The fault points at which a campaign has silos act: the folder of permits, the point, the action, and the harm.
POINTS = {
    "granted": ("lease-granted", "kill", "killed"),
    "stored": ("results-stored", "kill", "killed"),
    "asked": ("lease-asked", "terminate", "terminated"),
    "inserted": ("results-inserted", "stop", "cut"),
    "locked": ("sweep-locked", "stop", "cut"),
}


def kind(text, seconds=(0, 0), needs=None, ends_client=False):
    """Makes a function a kind of fault, named as the function with dashes."""
    def add(act):
        KINDS[act.__name__.replace("_", "-")] = Kind(text, act, seconds, needs, ends_client)
        return act
    return add


# Silos.

@kind("SIGKILL of a silo")
def kill_silo(campaign, aim):
    aim.silo.harm.add("killed")
    aim.silo.process.kill()


@kind("SIGKILL of a silo whose sweep grain granted a lease and has not answered")
def kill_granted(campaign, aim):
    trip(campaign, "granted")


@kind("SIGKILL of a silo that stored readings and has not reported them")
def kill_stored(campaign, aim):
    trip(campaign, "stored")


@kind("SIGTERM of a silo")
def terminate_silo(campaign, aim):
    aim.silo.harm.add("terminated")
    aim.silo.process.terminate()


@kind("SIGTERM of the silo that holds the sweep grain")
def terminate_asked(campaign, aim):
    trip(campaign, "asked")


@kind("SIGSTOP of a silo, {} to {} s", (1, 20))
def stop_silo(campaign, aim):
    aim.silo.process.send_signal(signal.SIGSTOP)
    stay_stopped(campaign, aim.silo, aim.seconds)


@kind("SIGSTOP of a silo within a transaction that inserts readings, {} to {} s", (1, 20))
def stop_inserting(campaign, aim):
    stay_stopped(campaign, trip(campaign, "inserted"), aim.seconds)


@kind("SIGSTOP of a silo within a transaction that locks the sweep's row, {} to {} s", (1, 20))
def stop_locking(campaign, aim):
    stay_stopped(campaign, trip(campaign, "locked"), aim.seconds)


def trip(campaign, place):
    return campaign.trip(place, campaign.is_over)


def stay_stopped(campaign, silo, seconds):
    if silo:
        silo.harm.add("cut")  # the others may declare it dead
        campaign.work_for(seconds)
        silo.process.send_signal(signal.SIGCONT)


# The client.

@kind("SIGKILL of the client, started again")
def kill_client(campaign, aim):
    end_client(campaign, signal.SIGKILL)


@kind("SIGTERM of the client, started again")
def terminate_client(campaign, aim):
    end_client(campaign, signal.SIGTERM)


@kind("SIGSTOP of the client, {} to {} s", (1, 10))
def stop_client(campaign, aim):
    campaign.client.send_signal(signal.SIGSTOP)
    campaign.work_for(aim.seconds)
    campaign.client.send_signal(signal.SIGCONT)


def end_client(campaign, number):
    campaign.client.send_signal(number)
    campaign.client.wait(PATIENCE)
    if campaign.client.returncode not in (-number, 128 + number, 130, 0):
        raise Failure(f"signal {number} ended the client with exit code {campaign.client.returncode}")
    campaign.start_client()


# PostgreSQL.

@kind("SIGKILL of PostgreSQL, started again", ends_client=True)
def kill_database(campaign, aim):
    os.kill(campaign.database.process(), signal.SIGKILL)
    start_database(campaign)


@kind("SIGTERM of PostgreSQL, started again after {} to {} s", (0, 10), ends_client=True)
def terminate_database(campaign, aim):
    campaign.database.stop("fast")
    campaign.work_for(aim.seconds)
    start_database(campaign)


@kind("SIGSTOP of all PostgreSQL processes, {} to {} s", (1, 15), ends_client=True)
def stop_database(campaign, aim):
    campaign.database.signal(signal.SIGSTOP)
    time.sleep(aim.seconds)  # nothing is asked of it meanwhile
    campaign.database.signal(signal.SIGCONT)


@kind("PostgreSQL at a quarter of its speed, {} to {} s", (2, 15), ends_client=True)
def slow_database(campaign, aim):
    end = time.monotonic() + aim.seconds
    while time.monotonic() < end:
        campaign.database.signal(signal.SIGSTOP)
        time.sleep(0.15)
        campaign.database.signal(signal.SIGCONT)
        time.sleep(0.05)


@kind("the table of readings locked, {} to {} s", (1, 15), ends_client=True)
def lock_readings(campaign, aim):
    campaign.database.execute(campaign.name, f"BEGIN; LOCK TABLE rnnsweep_readings IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep({aim.seconds}); COMMIT")


def start_database(campaign):
    def is_started():
        try:
            campaign.database.start()
            return True
        except subprocess.CalledProcessError:
            return False  # processes of the one that was killed have not ended yet
    campaign.wait_until(is_started, "PostgreSQL to start")


# The network.

@kind("a silo cut off from PostgreSQL, {} to {} s", (2, 20), needs="network")
def cut_database(campaign, aim):
    aim.silo.harm.add("cut")
    database = campaign.database.leg
    cut(campaign, aim, (aim.silo.leg, database), (database, aim.silo.leg))


@kind("a silo cut off from another silo, {} to {} s", (2, 20), needs="network")
def cut_silos(campaign, aim):
    aim.silo.harm.add("cut")
    aim.other.harm.add("cut")
    cut(campaign, aim, (aim.silo.leg, aim.other.leg), (aim.other.leg, aim.silo.leg))


@kind("what a silo sends to another is lost, {} to {} s", (2, 20), needs="network")
def cut_silos_one_way(campaign, aim):
    aim.silo.harm.add("cut")
    aim.other.harm.add("cut")
    cut(campaign, aim, (aim.silo.leg, aim.other.leg))


@kind("the client cut off from all silos and PostgreSQL, {} to {} s", (2, 20), needs="network", ends_client=True)
def cut_client(campaign, aim):
    client = campaign.network.leg("client")
    others = [silo.leg for silo in campaign.silos] + [campaign.database.leg]
    cut(campaign, aim, *[(client, other) for other in others], *[(other, client) for other in others])


def cut(campaign, aim, *pairs):
    for sender, receiver in pairs:
        campaign.network.cut(sender, receiver)
    campaign.work_for(aim.seconds)
    campaign.network.heal()


# Disks.

@kind("a full disk under PostgreSQL, {} to {} s", (1, 10), needs="disk", ends_client=True)
def full_database(campaign, aim):
    campaign.disks["database"].fill()
    campaign.work_for(aim.seconds)
    campaign.disks["database"].free()
    if not (campaign.database.folder / "postmaster.pid").exists():
        start_database(campaign)


@kind("a full disk under results.db, {} to {} s", (1, 5), needs="disk", ends_client=True)
def full_results(campaign, aim):
    campaign.disks["run"].fill()
    campaign.work_for(aim.seconds)
    campaign.disks["run"].free()


# Clocks. They stay wrong until the next fault of the same kind.

@kind("the clock of a silo set 90 s or an hour ahead or back, or right again", needs="clocks")
def set_silo_clock(campaign, aim):
    set_clock(campaign.clock(f"silo-{aim.silo.place}"), aim.number)


@kind("SIGTERM of a silo; the next one there starts with a clock that is 90 s or an hour ahead or behind", needs="clocks")
def start_with_wrong_clock(campaign, aim):
    set_silo_clock(campaign, aim)
    terminate_silo(campaign, aim)


@kind("the clock of the client set 90 s or an hour ahead or back, or right again", needs="clocks")
def set_client_clock(campaign, aim):
    set_clock(campaign.clock("client"), aim.number)


def set_clock(clock, number):
    others = [shift for shift in [*SHIFTS, 0] if shift != clock.shift]
    clock.set(others[number % len(others)])
