"""Figures: campaigns of certain kinds of faults, one after the other, which show for how long each keeps a steady sweep from storing results."""

from campaign import Plan

# The name of a figure, and its campaigns. A sweep of a campaign has as many faults as it has experiments for.
FIGURES = {
    "moves": [Plan(60, ["kill-granted", "terminate-asked"], per_sweep=8, is_steady=True, followers=followers) for followers in (0, 1, 10)],
    "stops": [Plan(20, ["stop-silo", "stop-inserting", "stop-silo", "stop-locking"], per_sweep=3, is_steady=True, seconds=(5, 60))],
    "partitions": [Plan(90, ["cut-database", "cut-silos", "cut-silos-one-way"], per_sweep=6, is_steady=True)],
    "clocks": [Plan(60, ["set-silo-clock", "kill-silo", "start-with-wrong-clock", "kill-granted", "set-client-clock"], per_sweep=8, is_steady=True)],
}
