"""
Networks for the fault tests. Each process may have a network namespace of its own ("leg"), linked to a router, which drops what one leg sends to another while
the two are cut. Without the right to make namespaces all processes share the loopback interface, and nothing can be cut.
"""

import os
import shutil
import subprocess


class Loopback:
    """The machine's loopback interface."""

    can_cut = False
    silo_options = []

    def leg(self, name):
        return Leg("127.0.0.1", [])

    def close(self):
        pass


class Leg:
    """Where a process runs: its address, and what its command line begins with."""

    def __init__(self, address, prefix):
        self.address, self.prefix = address, prefix


class Network:
    """A router and its legs, each in a namespace of its own. Legs have the addresses 10.77.1.2, 10.77.2.2, …"""

    can_cut = True

    # The legs are private to this machine, so the silos need no certificates.
    silo_options = ["--insecure"]

    def __init__(self):
        self.name, self.legs, self.cuts = f"rnnsweep-{os.getpid()}", {}, []
        self.router = f"{self.name}-router"
        ip("netns", "add", self.router)
        ip("netns", "exec", self.router, "sh", "-c", "echo 1 >/proc/sys/net/ipv4/ip_forward")

    def leg(self, name):
        """The leg of that name, made at its first use."""
        if name not in self.legs:
            number = len(self.legs) + 1
            space, near, far = f"{self.name}-{name}", f"r{number}", "leg"
            ip("netns", "add", space)
            self.legs[name] = Leg(f"10.77.{number}.2", ["ip", "netns", "exec", space])
            ip("-n", self.router, "link", "add", near, "type", "veth", "peer", "name", far, "netns", space)
            ip("-n", self.router, "address", "add", f"10.77.{number}.1/24", "dev", near)
            ip("-n", self.router, "link", "set", near, "up")
            ip("-n", space, "address", "add", f"10.77.{number}.2/24", "dev", far)
            for device in ["lo", far]:
                ip("-n", space, "link", "set", device, "up")
            ip("-n", space, "route", "add", "default", "via", f"10.77.{number}.1")
        return self.legs[name]

    def cut(self, sender, receiver):
        """Drops, without a word to the sender, what one leg sends to another from now on."""
        rule = ["from", sender.address, "to", receiver.address, "blackhole"]
        ip("-n", self.router, "rule", "add", *rule)
        self.cuts.append(rule)

    def heal(self):
        """Ends all cuts."""
        while self.cuts:
            ip("-n", self.router, "rule", "delete", *self.cuts.pop())

    def close(self):
        for name in [f"{self.name}-{leg}" for leg in self.legs] + [self.router]:
            subprocess.run(["ip", "netns", "delete", name], check=False, stderr=subprocess.DEVNULL)


def ip(*arguments):
    subprocess.run(["ip", *arguments], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)


def make():
    """A network with namespaces, or the loopback interface; and why not, in a sentence, or None."""
    if os.getuid() != 0 or shutil.which("ip") is None:
        return Loopback(), "network namespaces need root and the command ip (Debian: iproute2)"
    network = None
    try:
        network = Network()
        network.leg("database")
        return network, None
    except (OSError, subprocess.CalledProcessError) as error:
        if network:
            network.close()
        return Loopback(), f"network namespaces are not allowed here: {(getattr(error, 'stderr', None) or str(error)).strip()}"
