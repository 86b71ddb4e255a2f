#!/usr/bin/env python3
"""Injects faults into a cluster of real processes and checks that no result is lost or stored twice.

    tests/Faults/faults.py [SCENARIO ...]           all of them, or those named; --list names them
    tests/Faults/faults.py --campaign 12 --seed 1   random faults at random moments (campaign.py)
    tests/Faults/faults.py --figures moves          how long certain faults keep a sweep waiting (figures.py)

Needs the program, built (./build program), and PostgreSQL's server (Debian: postgresql). One line is printed for each scenario:
kills, experiments, lost (cells without a row), double (cells with more than one), begun again (runs beyond one per experiment, as a share of all experiments), and
recovery: the seconds from the fault until no dead silo held a lease and another experiment was done (where the fault lasts a minute, from its end).

The scenarios wait for states, not for times, so that they hold on a machine of any speed. The silos' hook RNNSWEEP_FAULT_POINT (src/Grains/FaultPoint.cs) has
each silo wait at the beginning of an experiment until the scenario allows it, so the sweep cannot end before the fault; and it has a silo kill or stop itself at points
that cannot be hit from outside.
"""

import argparse
import dataclasses
import pathlib
import shutil
import signal
import sys
import tempfile

import campaign
import figures
import kinds
import network
import processes
import scenarios


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scenarios", nargs="*", metavar="SCENARIO")
    parser.add_argument("--list", action="store_true", help="name the scenarios and the kinds of faults of a campaign")
    parser.add_argument("--keep", metavar="DIR", help="keep logs and tables here")
    parser.add_argument("--campaign", type=int, metavar="N", help="N random faults instead of scenarios; with --figures, N in each campaign")
    parser.add_argument("--seed", type=int, default=1, help="of the campaign [default: 1]")
    parser.add_argument("--per-sweep", type=int, default=8, metavar="N", help="faults of the campaign in a sweep [default: 8]")
    parser.add_argument("--time", type=float, default=float("inf"), metavar="SECONDS", help="after which the campaign injects no further fault [default: none]")
    parser.add_argument("--kinds", type=lambda text: text.split(","), default=list(kinds.KINDS), help="of faults in the campaign, separated by commas [default: all]")
    parser.add_argument("--lengths", type=lambda text: text.split(","), default=list(campaign.SWEEPS), help=f"of experiments in the campaign, of {', '.join(campaign.SWEEPS)} [default: all]")
    parser.add_argument("--figures", choices=figures.FIGURES, help="campaigns for figures instead of scenarios")
    parser.add_argument("--program", type=pathlib.Path, default=processes.PROGRAM, help="the program to test [default: the one that was built here]")
    arguments = parser.parse_args()
    processes.PROGRAM = arguments.program.absolute()
    if arguments.list:
        print("\n".join(f"{name:25}{scenario.__doc__}" for name, scenario in scenarios.SCENARIOS.items()))
        print("\nKinds of faults:\n" + "\n".join(f"{name:25}{kind.describe()}" for name, kind in kinds.KINDS.items()))
        return 0
    if unknown := [name for name in arguments.scenarios if name not in scenarios.SCENARIOS]:
        parser.error(f"there is no scenario {unknown[0]}; --list names them")
    if unknown := [kind for kind in arguments.kinds if kind not in kinds.KINDS]:
        parser.error(f"there is no kind {unknown[0]}; --list names them")

    if unknown := [length for length in arguments.lengths if length not in campaign.SWEEPS]:
        parser.error(f"there is no length {unknown[0]}; there are {', '.join(campaign.SWEEPS)}")

    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what was started is ended
    folder = pathlib.Path(arguments.keep or tempfile.mkdtemp(prefix="rnnsweep-faults-")).absolute()
    folder.mkdir(exist_ok=True)
    folder.chmod(0o755)
    try:
        if arguments.figures:
            plans = [dataclasses.replace(plan, count=arguments.campaign or plan.count, seed=arguments.seed) for plan in figures.FIGURES[arguments.figures]]
            return 0 if run_campaigns(folder, plans) else 1
        if arguments.campaign:
            return 0 if run_campaigns(folder, [campaign.Plan(arguments.campaign, arguments.kinds, arguments.seed, arguments.per_sweep, time=arguments.time, lengths=arguments.lengths)]) else 1
        return 0 if scenarios.run_all(arguments.scenarios, folder) else 1
    finally:
        if not arguments.keep:
            shutil.rmtree(folder, ignore_errors=True)


def run_campaigns(folder, plans):
    """Runs campaigns, each with a network of its own; whether all went well."""
    results = []
    for number, plan in enumerate(plans):
        place = folder / f"campaign-{number}"
        place.mkdir()
        place.chmod(0o755)
        legs, no_legs = network.make()
        try:
            results.append(campaign.run(place, legs, no_legs, plan))
        finally:
            legs.close()
    return all(results)


if __name__ == "__main__":
    sys.exit(main())
