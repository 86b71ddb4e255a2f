"""Reads what a run left: prints its cells as a table, and draws them as a phase plot.

    python3 examples/read_results.py runs/edge-of-chaos                  # writes runs/edge-of-chaos/phases.png
    python3 examples/read_results.py runs/edge-of-chaos picture.png

The rows of summary.csv are cells, their first columns, up to cell_key, the axes of the sweep. Down goes spectral_radius, else the first axis of
numbers; across goes sequence_length, else the next axis; other axes are held at their first value. Needs pandas, and matplotlib for the picture.
"""
import os
import sys

try:
    import pandas as pd
except ImportError:
    raise SystemExit("read_results.py needs pandas: apt install python3-pandas, or pip install pandas")

OUTCOMES = {"vanishing": "tab:blue", "stable": "tab:green", "exploding": "tab:red"}


def read(folder):
    """The cells and the replicates of a run, and the names of its axes."""
    # What is empty is missing, and a NaN here; -Infinity, the logarithm of 0, is read as the number it is. Nothing else means "missing": a sweep
    # may well have a name or a file called NA. The key is text, though it may look like a number such as 12e34.
    options = dict(keep_default_na=False, na_values=[""], dtype={"cell_key": str})
    cells = pd.read_csv(os.path.join(folder, "summary.csv"), **options)
    replicates = pd.read_csv(os.path.join(folder, "replicates.csv"), **options)
    return cells, replicates, list(cells.columns[:cells.columns.get_loc("cell_key")])


def layout(cells, axes):
    """The axis that goes down, the one that goes across, if there is one, and the cells at the first value of every other."""
    varied = [axis for axis in axes if cells[axis].nunique() > 1] or axes[:1]
    numbers = [axis for axis in varied if pd.api.types.is_numeric_dtype(cells[axis]) and axis != "sequence_length"]
    if "spectral_radius" in varied:
        down = "spectral_radius"
    else:
        down = (numbers or varied)[0]
    others = [axis for axis in varied if axis != down]
    across = "sequence_length" if "sequence_length" in others else others[0] if others else None
    for axis in others:
        if axis != across:
            first = cells[axis].iloc[0]
            print(f"at {axis} {first}, the first of {cells[axis].nunique()}")
            cells = cells[cells[axis] == first]
    return down, across, cells


def outcomes(cells):
    """Of each cell, the outcome of most of its replicates; missing where none is known."""
    fractions = cells[[f"fraction_{outcome}" for outcome in OUTCOMES]]
    known = fractions.notna().all(axis=1)
    return fractions[known].idxmax(axis=1).str.replace("fraction_", "", regex=False).reindex(cells.index)


def draw(cells, down, across, picture):
    try:
        import matplotlib
    except ImportError:
        raise SystemExit("for the picture, read_results.py needs matplotlib: apt install python3-matplotlib, or pip install matplotlib")
    matplotlib.use("Agg")  # no window
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(figsize=(7, 5))
    found = outcomes(cells)
    for outcome, colour in OUTCOMES.items():
        chosen = cells[found == outcome]
        # Names stand along an axis one after the other, numbers at their place.
        x = chosen[across] if across else [0] * len(chosen)
        axes.scatter(x, chosen[down], c=colour, label=outcome, s=40)
    if across == "sequence_length":
        axes.set_xscale("log")
    axes.set_xlabel(across or "")
    axes.set_ylabel(down)
    axes.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    figure.savefig(picture, dpi=120, bbox_inches="tight")
    print(picture)


def main(arguments):
    if len(arguments) not in (1, 2):
        raise SystemExit(__doc__.split("\n\n")[1])
    folder = arguments[0]
    try:
        cells, replicates, axes = read(folder)
    except FileNotFoundError as error:
        raise SystemExit(f"{error.filename} is not there: name the folder of a run; 'rnnsweep export {folder}' writes the tables of one that is not finished")
    print(f"{len(cells)} cells, {len(replicates)} replicates, {int((replicates['status'] != 'ok').sum())} of them with a number missing")
    if not axes:
        print(cells.drop(columns="cell_key").T.to_string(header=False))
        return
    down, across, cells = layout(cells, axes)
    print("median of log10 of the spectral norm:")
    print(cells.pivot_table("log10_spectral_norm_median", down, across, sort=False).round(1).to_string() if across
          else cells.set_index(down)["log10_spectral_norm_median"].round(1).to_string())
    draw(cells, down, across, arguments[1] if len(arguments) == 2 else os.path.join(folder, "phases.png"))


if __name__ == "__main__":
    main(sys.argv[1:])
