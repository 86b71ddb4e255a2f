"""Figures: campaigns of certain kinds of faults, one after the other, which show for how long each keeps a steady sweep from storing results."""

from campaign import Plan

# The name of a figure, and its campaigns.
FIGURES = {
    "moves": [Plan(100, ["kill-granted", "terminate-asked"], per_sweep=8, is_steady=True, followers=followers) for followers in (0, 1, 10)],
    "stops": [Plan(20, ["stop-silo", "stop-inserting", "stop-silo", "stop-locking"], per_sweep=3, is_steady=True, seconds=(5, 300))],
    "partitions": [Plan(90, ["cut-database", "cut-silos", "cut-silos-one-way"], per_sweep=6, is_steady=True)],
    "clocks": [Plan(60, ["set-silo-clock", "kill-silo", "start-with-wrong-clock", "kill-granted", "set-client-clock"], per_sweep=8, is_steady=True)],
}
