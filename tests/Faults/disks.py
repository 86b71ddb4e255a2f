"""Full disks for the fault tests."""

import subprocess


class Disk:
    """A small file system that can be filled."""

    def __init__(self, place, size):
        self.place = place
        place.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size},mode=755", "tmpfs", place], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)

    def fill(self):
        with open(self.place / "filler", "wb", buffering=0) as filler:
            try:
                while True:
                    filler.write(bytes(1 << 16))
            except OSError:
                pass

    def free(self):
        (self.place / "filler").unlink(missing_ok=True)

    def close(self):
        subprocess.run(["umount", "--lazy", self.place], check=False, stderr=subprocess.DEVNULL)
