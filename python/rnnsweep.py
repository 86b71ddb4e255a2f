"""Runs sweeps of rnnsweep from Python, and reads what they leave as pandas frames.

    import rnnsweep

    run = rnnsweep.run({"spectral_radius": [0.9, 1.1], "sequence_length": [10, 100], "hidden_size": 32, "replicates": 8})
    run.cells[["spectral_radius", "sequence_length", "lyapunov_max_median"]]

One file: copy it, or add its folder to PYTHONPATH. It needs the program ``rnnsweep`` and, for frames, pandas; the rest is the standard library.
Python 3.9 or later.
"""
from __future__ import annotations

import base64
import csv
import functools
import glob as _glob
import html
import io
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from typing import TYPE_CHECKING, Any, Dict, Iterable, Iterator, List, Mapping, Optional, Union

if TYPE_CHECKING:
    import pandas

__all__ = ["Report", "Run", "RunError", "open", "read", "run"]

PathLike = Union[str, "os.PathLike[str]"]

# The name of a table's file, by the name of the attribute that reads it.
_TABLES = {
    "cells": "summary",
    **{name: name for name in ("replicates", "spectrum", "lags", "leading", "history", "critical", "critical_summary")},
}

# The statistic that a table needs.
_STATISTICS = {"spectrum": "spectrum", "lags": "lags", "leading": "leading", "history": "leading"}

# Types of columns in manifest.json: the type in pandas, the one that also holds what is missing, and the one of the standard library.
_TYPES = {
    "real": ("float64", "float64", float),
    "integer": ("int64", "Int64", int),
    "unsigned": ("uint64", "UInt64", int),
    "boolean": ("bool", "boolean", lambda text: text == "true"),
    "category": ("category", "category", str),
    "text": (str, str, str),
}

_PROGRESS = re.compile(r"\d+ of \d+ cells, \S+ cells/s")


class RunError(RuntimeError):
    """The program did not end with exit code 0.

    Attributes
    ----------
    message : str
        What the program wrote to its error stream.
    exit_code : int
        2 for a wrong sweep or option, 3 where some cells failed, 4 and 5 for the store, 6 for the report; the README lists all. Negative where a
        signal ended the program.
    run : Run or None
        The folder, where the program ended with results in it, as with exit codes 3 and 6.
    """

    def __init__(self, message: str, exit_code: int, run: Optional[Run] = None) -> None:
        super().__init__(f"{message}\n(exit code {exit_code})")
        self.message = message
        self.exit_code = exit_code
        self.run = run


def run(
    sweep: Union[Mapping[str, Any], PathLike, None] = None,
    *,
    program: Optional[PathLike] = None,
    progress: Optional[bool] = None,
    **options: Any,
) -> Run:
    """Runs a sweep and waits for its end. What is stored already is not computed again.

    Parameters
    ----------
    sweep : mapping, path or None
        The fields of a sweep by name, with lists, numpy arrays or ranges such as ``{"from": 0.5, "to": 1.5, "step": 0.1}`` as values; or the path of
        a sweep file; or None where `set` gives all fields. Paths in a mapping are relative to the current directory.
    program : path, optional
        The program. By default that of the environment variable ``RNNSWEEP``, else ``rnnsweep`` on the PATH, else the source tree's ``./rnnsweep``
        where this file lies in one.
    progress : bool, optional
        Whether to show the progress. By default on a terminal and in a notebook.
    **options
        Options of ``rnnsweep run``, with ``_`` for ``-``: ``output="runs/a"``, ``parallelism=2``, ``engine="threads"``, ``set={"replicates": 64}``.

    Returns
    -------
    Run
        The run's folder.

    Raises
    ------
    RunError
        The program's exit code is not 0.
    FileNotFoundError
        The program is not found.
    KeyboardInterrupt
        The run was interrupted; finished readings are stored, and the same call continues.
    """
    command = [*_program(program), "run"]
    given = None
    if isinstance(sweep, Mapping):
        command.append("-")
        given = _text(sweep)
    elif sweep is not None:
        command.append(os.fspath(sweep))
    command += [*_arguments(options), "--json"]
    with _Progress(progress) as shown:
        output, messages, exit_code = _call(command, given, shown)
    folder = None
    if output.lstrip().startswith("{"):
        folder = Run(json.loads(output)["folder"])
    if exit_code != 0 or folder is None:
        raise RunError(messages.strip() or "the program said nothing", exit_code, folder)
    return folder


def open(folder: PathLike) -> Run:
    """The folder of an existing run.

    Parameters
    ----------
    folder : path
        The folder, as ``runs/edge-of-chaos``.

    Returns
    -------
    Run

    Raises
    ------
    FileNotFoundError
        It is not the folder of a run.
    """
    found = Run(folder)
    if not (found.folder / "sweep.yaml").exists():
        raise FileNotFoundError(f"{folder} is not a run's folder: it has no sweep.yaml")
    return found


def read(folders: Union[PathLike, Run, Iterable[Union[PathLike, Run]]], table: str = "cells") -> pandas.DataFrame:
    """Reads a table of several runs into one frame.

    Parameters
    ----------
    folders : path, Run, or iterable of them
        Folders of runs. A path with ``*``, ``?`` or ``[`` is a pattern, of which folders without a run are left out.
    table : {"cells", "replicates", "spectrum", "lags"}
        The table.

    Returns
    -------
    pandas.DataFrame
        The rows of all runs, with the sweep's name as ``sweep`` and the folder as ``folder`` in front, and every field of the sweep as a column, those
        that are no axes at the end.

    Raises
    ------
    FileNotFoundError
        A folder is not that of a run, a pattern fits none, or a run lacks the table.
    """
    pd = _pandas()
    if table not in _TABLES:
        raise ValueError(f"table must be one of {', '.join(_TABLES)}, but was {table!r}")
    frames, categories = [], []
    for each in _runs(folders):
        frame = each._frame(_TABLES[table]).copy()
        categories += [name for name in frame.columns if frame[name].dtype == "category"]
        for name, value in each.manifest.get("fields", {}).items():
            if name not in frame.columns:
                frame[name] = pd.Series([value] * len(frame), index=frame.index, dtype=_dtype(each._types.get(name)))
        frame.insert(0, "folder", str(each.folder))
        frame.insert(0, "sweep", each.manifest["name"])
        frames.append(frame)
    if not frames:
        raise FileNotFoundError("there are no runs to read: folders is empty")
    whole = pd.concat(frames, ignore_index=True)
    # Categories that differ from run to run have become texts.
    return whole.astype({name: "category" for name in dict.fromkeys(categories)})


class Run:
    """The folder of a run. A notebook shows its figures.

    Tables are read when they are first asked for. Their columns are those of docs/columns.md, with the types that ``manifest.json`` declares: real numbers
    are float64, with infinities as they are and NaN where unknown; whole numbers int64, or Int64 where they may be missing; flags boolean; outcome and
    status categories.

    Attributes
    ----------
    folder : pathlib.Path
        The folder.
    """

    def __init__(self, folder: PathLike) -> None:
        self.folder = pathlib.Path(folder)

    @functools.cached_property
    def cells(self) -> pandas.DataFrame:
        """summary.csv: a row per cell."""
        return self._frame("summary")

    @functools.cached_property
    def replicates(self) -> pandas.DataFrame:
        """replicates.csv: a row per cell and replicate."""
        return self._frame("replicates")

    @functools.cached_property
    def spectrum(self) -> pandas.DataFrame:
        """spectrum.csv: a row per exponent of a replicate, with ``statistics: [spectrum]``."""
        return self._frame("spectrum")

    @functools.cached_property
    def lags(self) -> pandas.DataFrame:
        """lags.csv: a row per lag of a replicate, with ``statistics: [lags]``."""
        return self._frame("lags")

    @functools.cached_property
    def leading(self) -> pandas.DataFrame:
        """leading.csv: a row per leading exponent of a replicate, with ``statistics: [leading]``."""
        return self._frame("leading")

    @functools.cached_property
    def history(self) -> pandas.DataFrame:
        """history.csv: a row per leading exponent and step, likewise."""
        return self._frame("history")

    @functools.cached_property
    def critical(self) -> pandas.DataFrame:
        """critical.csv: a row per bracket of a root, where an axis has a ``locate``."""
        return self._frame("critical")

    @functools.cached_property
    def critical_summary(self) -> pandas.DataFrame:
        """critical_summary.csv: a row per critical value, likewise."""
        return self._frame("critical_summary")

    @functools.cached_property
    def manifest(self) -> Dict[str, Any]:
        """manifest.json: fields, versions, machine and times."""
        return json.loads((self.folder / "manifest.json").read_text(encoding="utf-8"))

    @property
    def sweep(self) -> str:
        """The text of sweep.yaml: the sweep as resolved."""
        return (self.folder / "sweep.yaml").read_text(encoding="utf-8")

    @property
    def figures(self) -> Dict[str, pathlib.Path]:
        """The SVG files of the figures, by their names."""
        return {path.stem: path for path in sorted((self.folder / "figures").glob("*.svg"))}

    def report(self) -> Report:
        """report.html: a path, which a notebook shows as its figures."""
        return Report(self)

    def rows(self, table: str = "summary") -> Iterator[Dict[str, Any]]:
        """The rows of a table, without pandas.

        Parameters
        ----------
        table : {"summary", "replicates", "spectrum", "lags", "leading", "history", "critical", "critical_summary"}
            The name of the file.

        Yields
        ------
        dict
            The values by column: float, int, bool or str, and None where a field is empty.
        """
        convert = {name: _TYPES[kind.rstrip("?")][2] for name, kind in self._types.items()}
        with io.open(self._table(table), encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                yield {name: None if text == "" else convert.get(name, str)(text) for name, text in row.items()}

    def __repr__(self) -> str:
        return f"Run({str(self.folder)!r})"

    def _repr_html_(self) -> str:
        # An SVG in an img element keeps its styles to itself; as an element of the page, it would style the notebook, and the figures each other.
        images = []
        for name, path in self.figures.items():
            data = base64.b64encode(path.read_bytes()).decode("ascii")
            images.append(f'<img alt="{html.escape(name)}" style="max-width:100%" src="data:image/svg+xml;base64,{data}">')
        return "\n".join([f"<p><code>{html.escape(str(self.folder))}</code></p>", *images])

    @property
    def _types(self) -> Dict[str, str]:
        return self.manifest.get("columns", {})

    def _table(self, name: str) -> pathlib.Path:
        if name not in _TABLES.values():
            raise ValueError(f"table must be one of {', '.join(_TABLES.values())}, but was {name!r}")
        path = self.folder / f"{name}.csv"
        if not path.exists():
            why = (
                f"its sweep has no statistics: [{_STATISTICS[name]}]" if name in _STATISTICS
                else "no axis of its sweep has a locate" if name.startswith("critical")
                else f"'rnnsweep export {self.folder}' writes it"
            )
            raise FileNotFoundError(f"{self.folder} has no {name}.csv: {why}")
        return path

    def _frame(self, name: str) -> pandas.DataFrame:
        pd = _pandas()
        path = self._table(name)
        # A folder of an earlier version declares no types; then only the key, which may look like a number, is known.
        types = {"cell_key": "text", **self._types}
        with io.open(path, encoding="utf-8", newline="") as file:
            header = next(csv.reader(file))
        # Only an empty field is missing: an axis may have a value called NA. By default pandas reads numbers to within a rounding error.
        return pd.read_csv(
            path,
            keep_default_na=False,
            na_values=[""],
            float_precision="round_trip",
            dtype={column: _dtype(types[column]) for column in header if column in types},
        )


class Report(os.PathLike):
    """The path of a run's report.html. A notebook shows the report's figures.

    Attributes
    ----------
    path : pathlib.Path
        The file.
    """

    def __init__(self, of: Run) -> None:
        self.path = of.folder / "report.html"
        self._run = of
        if not self.path.exists():
            raise FileNotFoundError(f"{of.folder} has no report.html: 'rnnsweep report {of.folder}' writes it")

    def __fspath__(self) -> str:
        return str(self.path)

    def __str__(self) -> str:
        return str(self.path)

    def __repr__(self) -> str:
        return f"Report({str(self.path)!r})"

    def _repr_html_(self) -> str:
        return self._run._repr_html_()


class _Progress:
    """Shows the lines of the error stream: those of the progress over each other."""

    def __init__(self, wanted: Optional[bool]) -> None:
        self._notebook = _in_notebook()
        self.is_shown = wanted if wanted is not None else self._notebook or sys.stderr.isatty()
        self._handle: Any = None
        self._width = 0

    def __enter__(self) -> _Progress:
        return self

    def __exit__(self, *error: object) -> None:
        self.show("")

    def show(self, line: str) -> None:
        """Shows a line of progress in place of the one before."""
        if not self.is_shown or (self._width == 0 and not line):
            return
        if self._notebook:
            from IPython.display import display

            data = {"text/plain": line}
            if self._handle is None:
                self._handle = display(data, raw=True, display_id=True)
            else:
                self._handle.update(data, raw=True)
        else:
            sys.stderr.write(f"\r{line.ljust(self._width)}" + ("" if line else "\r"))
            sys.stderr.flush()
        self._width = len(line)

    def tell(self, line: str) -> None:
        """Shows a message."""
        if self.is_shown:
            if not self._notebook:
                self.show("")
            print(line, file=sys.stderr)


def _call(command: List[str], given: Optional[str], shown: _Progress) -> tuple[str, str, int]:
    environment = dict(os.environ)
    if shown.is_shown:
        environment["RNNSWEEP_PROGRESS_SECONDS"] = "0.5"
    messages = []
    # A file, not a pipe, as the standard input: a pipe would have to be filled while the error stream is read.
    with tempfile.TemporaryFile() as text:
        text.write((given or "").encode("utf-8"))
        text.seek(0)
        # In a session of its own, the program is interrupted by this process alone: on a terminal it would get Ctrl-C twice, and a second one ends it at once.
        with subprocess.Popen(
            command,
            stdin=text,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            errors="replace",
            env=environment,
            start_new_session=os.name == "posix",
        ) as process:
            try:
                for line in process.stderr:
                    if _PROGRESS.match(line):
                        shown.show(line.rstrip())
                    else:
                        messages.append(line)
                        shown.tell(line.rstrip())
                # The standard output is one line of JSON at the end, which fits into the pipe.
                output = process.stdout.read()
                exit_code = process.wait()
            except KeyboardInterrupt:
                process.send_signal(signal.SIGINT)
                process.communicate()
                raise
            except BaseException:
                process.kill()
                raise
    return output, "".join(messages), exit_code


def _program(program: Optional[PathLike]) -> List[str]:
    if program is not None:
        return [os.fspath(program)]
    if os.environ.get("RNNSWEEP"):
        return [os.environ["RNNSWEEP"]]
    wrapper = pathlib.Path(__file__).resolve().parent.parent / "rnnsweep"
    found = shutil.which("rnnsweep") or (str(wrapper) if os.access(wrapper, os.X_OK) and wrapper.is_file() else None)
    if found is None:
        raise FileNotFoundError(
            "the program rnnsweep is not found: give its path as program=, or in the environment variable RNNSWEEP, or put it on the PATH")
    return [found]


def _arguments(options: Mapping[str, Any]) -> List[str]:
    arguments: List[str] = []
    for name, value in options.items():
        option = "--" + name.replace("_", "-")
        if isinstance(value, Mapping):
            for field, setting in value.items():
                arguments += [option, f"{field}={_setting(setting)}"]
        elif value is True:
            arguments.append(option)
        elif value is not None and value is not False:
            # Of one word, so that a value may begin with a hyphen.
            arguments += [f"{option}={_setting(each)}" for each in (value if isinstance(value, (list, tuple)) else [value])]
    return arguments


def _setting(value: Any) -> str:
    value = _plain(value)
    if isinstance(value, (list, tuple, range)):
        return ",".join(_setting(each) for each in value)
    if isinstance(value, (bool, float)):
        return json.dumps(value)
    return os.fspath(value) if isinstance(value, os.PathLike) else str(value)


def _text(sweep: Mapping[str, Any]) -> str:
    # JSON is YAML. Each field has a line of its own, which the program's messages name.
    fields = (f"{json.dumps(str(name))}: {json.dumps(value, default=_plain, ensure_ascii=False)}" for name, value in sweep.items())
    return "{" + ",\n".join(fields) + "}\n"


def _plain(value: Any) -> Any:
    """What JSON has for an array or number of numpy, a range or a path."""
    if hasattr(value, "tolist"):
        return value.tolist()
    if isinstance(value, range):
        return list(value)
    return os.fspath(value) if isinstance(value, os.PathLike) else value


def _runs(folders: Union[PathLike, Run, Iterable[Union[PathLike, Run]]]) -> Iterator[Run]:
    for each in [folders] if isinstance(folders, (str, os.PathLike, Run)) else folders:
        if isinstance(each, Run):
            yield each
        elif any(character in os.fspath(each) for character in "*?["):
            found = [path for path in sorted(_glob.glob(os.fspath(each))) if os.path.exists(os.path.join(path, "sweep.yaml"))]
            if not found:
                raise FileNotFoundError(f"no folder of a run fits {os.fspath(each)}")
            yield from map(Run, found)
        else:
            yield open(each)


def _dtype(kind: Optional[str]) -> Any:
    if kind is None:
        return None
    always, maybe_missing, _ = _TYPES[kind.rstrip("?")]
    return maybe_missing if kind.endswith("?") else always


def _in_notebook() -> bool:
    try:
        return type(sys.modules["IPython"].get_ipython()).__name__ == "ZMQInteractiveShell"
    except (KeyError, AttributeError):
        return False


def _pandas() -> Any:
    try:
        import pandas as pd
    except ImportError as error:
        raise ImportError(
            "frames need pandas: pip install pandas, or apt install python3-pandas; Run.rows('summary') gives the rows without it") from error
    return pd
