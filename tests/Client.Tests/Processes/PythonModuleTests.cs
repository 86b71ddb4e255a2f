using System.Text.RegularExpressions;
using RnnSweep.Client.Tests.Commands;
using RnnSweep.Client.Tests.Results;

namespace RnnSweep.Client.Tests.Processes;

/// <summary>python/rnnsweep.py on the real program. A script's assertions are those of Python.</summary>
public sealed partial class PythonModuleTests : IDisposable
{
    private const string Sweep = """
        sweep = {
            "activation": ["tanh", "relu"], "spectral_radius": {"from": 0.8, "to": 1.2, "step": 0.1}, "sequence_length": [50, 5],
            "hidden_size": 6, "replicates": 3,
        }

        """;

    // relu with a large negative bias: every unit is dead, the product is 0, and its logarithms are −∞.
    private const string Dead = """
        dead = rnnsweep.run({"activation": "relu", "bias": -100, "hidden_size": 4, "sequence_length": [10], "replicates": 2,
            "statistics": ["spectrum", "lags"]}, output="dead")

        """;

    private readonly TemporaryFolder _folder = new();

    [SkippableFact]
    public void A_dictionary_a_path_and_the_command_line_give_the_same_bytes()
    {
        RequirePython();
        File.WriteAllText(_folder["sweep.yaml"], "activation: [tanh, relu]\nspectral_radius: { from: 0.8, to: 1.2, step: 0.1 }\nsequence_length: [50, 5]\nhidden_size: 6\nreplicates: 3\n");
        Python(Sweep + """
            of_dictionary = rnnsweep.run(sweep, output="dictionary", parallelism=1)
            of_path = rnnsweep.run(pathlib.Path("sweep.yaml"), output="path")
            of_options = rnnsweep.run(set={**sweep, "spectral_radius": "0.8..1.2:0.1", "sequence_length": range(50, 4, -45)}, output="options")
            assert of_dictionary.folder == pathlib.Path("dictionary").resolve(), of_dictionary.folder
            assert "hidden_size: 6" in of_path.sweep
            assert of_path.manifest["cells"] == 20
            """);
        Dictionary<string, string> expected = FinishedRun.Of(SmallSweep.Blink).Tables;
        Assert.All(["dictionary", "path", "options"], folder => Assert.Equal(expected, SmallSweep.TablesOf(_folder[folder])));
    }

    [SkippableFact]
    public void Every_column_has_the_type_of_its_declaration()
    {
        RequirePandas();
        Python(Sweep + Dead + """
            run = rnnsweep.run({**sweep, "statistics": ["spectrum", "lags"], "lags": {"count": 4}}, output="run")
            types = {
                "activation": "object", "spectral_radius": "float64", "sequence_length": "int64", "cell_key": "object", "replicate": "int64",
                "lyapunov_max": "float64", "converged": "boolean", "vanishing_lag": "Int64", "outcome": "category", "status": "category", "status_step": "Int64",
            }
            for each in (run, dead):
                found = each.replicates.dtypes.astype(str)
                for name, kind in types.items():
                    # pandas 3 has a type of its own for texts.
                    assert name not in found or found[name] in (kind, "str" if kind == "object" else kind), (each, name, found[name])
            assert str(run.cells["count"].dtype) == str(run.lags["lag"].dtype) == str(run.spectrum["index"].dtype) == "int64"
            assert set(run.cells.dtypes.astype(str)) <= {"float64", "int64", "object", "str"}
            assert len(run.cells) == 20 and len(run.replicates) == 60 and len(run.spectrum) == 60 * 6
            assert run.cells is run.cells
            """);
    }

    [SkippableFact]
    public void Numbers_are_those_of_the_csv_to_the_last_bit_and_minus_infinity_is_a_number()
    {
        RequirePandas();
        Python(Sweep + Dead + """
            import csv, math
            run = rnnsweep.run(sweep, output="run")
            for each, table in [(run, "summary"), (run, "replicates"), (dead, "summary"), (dead, "replicates"), (dead, "spectrum"), (dead, "lags")]:
                frame = each._frame(table)
                rows = list(each.rows(table))
                with io.open(each.folder / f"{table}.csv", newline="") as file:
                    texts = list(csv.DictReader(file))
                assert len(frame) == len(rows) == len(texts) > 0
                for (_, framed), row, text in zip(frame.iterrows(), rows, texts):
                    for name, field in text.items():
                        if field == "":
                            assert row[name] is None and pd.isna(framed[name]), (table, name)
                        elif isinstance(row[name], float):
                            assert row[name] == framed[name] == float(field), (table, name, field, framed[name])
                        else:
                            assert str(row[name]).lower() == str(framed[name]).lower() == field, (table, name, field, framed[name])
            assert (dead.replicates.log10_spectral_norm == -math.inf).all()
            assert (dead.cells.log10_spectral_norm_median == -math.inf).all()
            assert (dead.replicates.outcome == "vanishing").all()
            """);
    }

    [SkippableFact]
    public void A_refused_sweep_is_an_exception_with_the_message_and_the_exit_code_of_the_program()
    {
        RequirePython();
        Python("""
            def error(*arguments, **options):
                try:
                    rnnsweep.run(*arguments, **options)
                except rnnsweep.RunError as error:
                    return error
                raise AssertionError("not refused")

            bad = error({"hidden_size": 6, "activation": "tanj"}, output="bad")
            assert bad.exit_code == 2 and bad.run is None
            assert bad.message.startswith("standard input:2:15: activation must be one of linear, tanh, "), bad.message
            assert "but was tanj" in bad.message and bad.message in str(bad)
            assert not pathlib.Path("bad").exists()

            assert "hidden_size must be" in error({"hidden_size": float("nan")}).message
            assert error("missing.yaml").exit_code == 2
            assert "there is no option '--colour'" in error({"hidden_size": 4}, colour="red").message or "--colour" in error({"hidden_size": 4}, colour="red").message
            pathlib.Path("file").write_text("")
            assert error({"hidden_size": 4, "replicates": 1}, output="file").exit_code == 4

            try:
                rnnsweep.open("nowhere")
                raise AssertionError("opened")
            except FileNotFoundError as missing:
                assert "nowhere is not a run's folder" in str(missing)
            """);
    }

    [SkippableFact]
    public void The_program_is_found_by_argument_variable_path_and_source_tree_in_this_order()
    {
        RequirePython();
        Python("""
            real = os.environ.pop("RNNSWEEP")
            os.environ["PATH"] = ""
            tree = pathlib.Path(rnnsweep.__file__).parent.parent / "rnnsweep"
            assert rnnsweep._program(None) == [str(tree)], rnnsweep._program(None)
            os.environ["PATH"] = os.path.dirname(real)
            assert rnnsweep._program(None) == [real]
            os.environ["RNNSWEEP"] = "/variable"
            assert rnnsweep._program(None) == ["/variable"]
            assert rnnsweep._program("/argument") == ["/argument"]
            run = rnnsweep.run({"hidden_size": 2, "replicates": 1}, program=real, output="run")
            assert len(list(run.rows())) == 1
            """);
    }

    [SkippableFact]
    public void The_same_call_computes_only_what_is_not_stored()
    {
        RequirePython();
        Python(Sweep + """
            first = rnnsweep.run({**sweep, "replicates": 2}, output="run")
            second = rnnsweep.run(sweep, output="run")
            third = rnnsweep.run(sweep, output="run")
            assert [session["computed"] for session in third.manifest["sessions"]] == [20, 20, 0], third.manifest["sessions"]
            """);
        Assert.Equal(FinishedRun.Of(SmallSweep.Blink).Tables, SmallSweep.TablesOf(_folder["run"]));
    }

    [SkippableFact]
    public void An_interrupted_run_stores_what_is_finished_and_continues()
    {
        RequirePython();
        Skip.IfNot(OperatingSystem.IsLinux(), "signals");
        Python("""
            import signal, sqlite3, threading, time

            def interrupt():
                while True:
                    time.sleep(0.05)
                    try:
                        if sqlite3.connect("file:run/results.db?mode=ro", uri=True).execute("SELECT count(*) FROM readings").fetchone()[0] > 0:
                            break
                    except sqlite3.Error:
                        pass
                os.kill(os.getpid(), signal.SIGINT)

            threading.Thread(target=interrupt, daemon=True).start()
            signal.signal(signal.SIGINT, signal.default_int_handler)
            try:
                rnnsweep.run({"hidden_size": 64, "spectral_radius": {"from": 0.5, "to": 1.5, "count": 4000}, "sequence_length": [5, 10000], "replicates": 2}, output="run")
                raise AssertionError("the endless run has ended")
            except KeyboardInterrupt:
                pass
            sessions = rnnsweep.open("run").manifest["sessions"]
            assert len(sessions) == 1 and "finished" in sessions[0], sessions
            """);
    }

    [SkippableFact]
    public void Several_runs_become_one_frame_with_every_field()
    {
        RequirePandas();
        Python(Sweep + """
            one = rnnsweep.run({**sweep, "name": "one"}, output="runs/one")
            two = rnnsweep.run({"name": "two", "spectral_radius": 1, "sequence_length": [5, 7], "hidden_size": 8, "replicates": 2, "seed": 2**64 - 1}, output="runs/two")
            os.mkdir("runs/other")
            for folders in ("runs/*", ["runs/one", two], [pathlib.Path("runs/o*"), "runs/two"]):
                cells = rnnsweep.read(folders)
                assert list(cells.columns[:2]) == ["sweep", "folder"]
                assert len(cells) == 22 and list(cells.sweep.unique()) == ["one", "two"]
                assert list(cells.hidden_size) == [6] * 20 + [8] * 2 and list(cells.activation)[-2:] == ["tanh", "tanh"]
                assert cells.spectral_radius.dtype == "float64" and list(cells.spectral_radius)[-1] == 1.0
                assert list(cells.seed) == [1] * 20 + [2**64 - 1] * 2 and cells.seed.dtype == "uint64", cells.seed.dtype
            replicates = rnnsweep.read("runs/*", table="replicates")
            assert len(replicates) == 64 and replicates.outcome.dtype == "category" and str(replicates.status_step.dtype) == "Int64"
            assert list(rnnsweep.read(one).cell_key) == list(one.cells.cell_key)
            for folders in ("runs/x*", [], "runs/other"):
                try:
                    rnnsweep.read(folders)
                    raise AssertionError(folders)
                except FileNotFoundError:
                    pass
            try:
                one.spectrum
                raise AssertionError("there is no spectrum")
            except FileNotFoundError as missing:
                assert "has no spectrum.csv: its sweep has no statistics: [spectrum]" in str(missing)
            """);
    }

    [SkippableFact]
    public void Every_table_that_a_run_writes_has_rows_and_a_missing_one_a_reason()
    {
        RequirePython();
        Python(Sweep + """
            run = rnnsweep.run({"spectral_radius": {"from": 0.5, "to": 1.5, "count": 3, "locate": "activity_variance = 0.1", "to_within": 0.25}, "hidden_size": 4, "replicates": 2,
                "sequence_length": 20, "statistics": ["spectrum", "lags", "leading", "activity"]}, output="run")
            for file in run.folder.glob("*.csv"):
                with io.open(file, encoding="utf-8") as lines:
                    assert len(list(run.rows(file.stem))) == len(list(lines)) - 1 > 0, file
                assert hasattr(rnnsweep.Run, "cells" if file.stem == "summary" else file.stem), file
            plain = rnnsweep.run({"hidden_size": 4, "replicates": 2}, output="plain")
            for table, reason in {"history": "its sweep has no statistics: [leading]", "critical": "no axis of its sweep has a locate"}.items():
                try:
                    list(plain.rows(table))
                    raise AssertionError(table)
                except FileNotFoundError as missing:
                    assert reason in str(missing), missing
            """);
    }

    [SkippableFact]
    public void A_notebook_shows_the_figures_of_a_folder_and_of_its_report()
    {
        RequirePython();
        Python(Sweep + """
            import base64, re
            run = rnnsweep.run(sweep, output="run")
            shown = re.findall('src="data:image/svg[+]xml;base64,([^"]+)"', run._repr_html_())
            assert [base64.b64decode(image) for image in shown] == [path.read_bytes() for path in run.figures.values()]
            assert any(name.startswith("phase-diagram") for name in run.figures)
            report = run.report()
            assert report._repr_html_() == run._repr_html_()
            assert os.fspath(report) == str(run.folder / "report.html") and "<html" in io.open(report, encoding="utf-8").read()
            """);
    }

    [SkippableFact]
    public void Progress_is_shown_where_it_is_asked_for_and_is_no_part_of_a_message()
    {
        RequirePython();
        string shown = Python("""
            slow = {"hidden_size": 64, "spectral_radius": {"from": 0.5, "to": 1.5, "count": 20}, "sequence_length": 4000, "replicates": 8}
            rnnsweep.run(slow, progress=True, output="shown")
            """).Error;
        Assert.Matches(@"\d+ of 20 cells, \S+ cells/s", shown);
        Assert.Contains("20 of 20 cells done", shown, StringComparison.Ordinal);
        Assert.Equal("", Python("rnnsweep.run({'hidden_size': 4, 'replicates': 1}, output='hidden')").Error);
    }

    [SkippableFact]
    public void Without_pandas_rows_are_read_and_a_frame_says_what_is_missing()
    {
        RequirePython();

        // Without site-packages, as on a machine that lacks pandas.
        Python(Sweep + """
            run = rnnsweep.run(sweep, output="run")
            rows = list(run.rows("replicates"))
            assert len(rows) == 60 and rows[0]["replicate"] == 0 and isinstance(rows[0]["lyapunov_max"], float)
            assert {row["converged"] for row in rows} <= {True, False, None}
            for ask in (lambda: run.cells, lambda: rnnsweep.read("run")):
                try:
                    ask()
                    raise AssertionError("pandas was found")
                except ImportError as error:
                    assert str(error).startswith("frames need pandas: pip install pandas, or apt install python3-pandas"), error
            """, "-S");
    }

    [SkippableFact]
    public void A_folder_of_an_earlier_version_is_read_too()
    {
        RequirePandas();
        Python(Sweep + """
            import json
            run = rnnsweep.run(sweep, output="run")
            old = {name: value for name, value in run.manifest.items() if name not in ("fields", "columns")}
            pathlib.Path("run/manifest.json").write_text(json.dumps(old))
            run = rnnsweep.open("run")
            assert str(run.cells.lyapunov_max_mean.dtype) == "float64" and isinstance(run.cells.cell_key[0], str)
            assert len(rnnsweep.read("run")) == 20 and len(list(run.rows())) == 20
            """);
    }

    [SkippableFact]
    public void The_examples_of_its_page_print_what_the_page_shows()
    {
        RequirePandas();
        string page = File.ReadAllText(SourceTree.PathOf("docs", "python.md"));
        string[] blocks = [.. Block().Matches(page).Select(block => block.Groups[1].Value)];
        Assert.True(blocks.Length >= 5);
        string printed = Python(string.Concat(blocks)).Output;
        foreach (Match shown in Shown().Matches(page))
        {
            Assert.Contains(shown.Groups[1].Value, printed, StringComparison.Ordinal);
        }
    }

    public void Dispose() => _folder.Dispose();

    [GeneratedRegex("^```py\n(.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Block();

    [GeneratedRegex("^```text\n(.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Shown();

    private void RequirePython() => Skip.If(!Has("sqlite3"), "no python3 in /usr/bin");

    private void RequirePandas() => Skip.If(!Has("pandas"), "no python3 with pandas in /usr/bin");

    private bool Has(string modules) => RunningProgram.Shell(_folder.Path, $"/usr/bin/python3 -c 'import {modules}'").ExitCode == 0;

    private ProgramResult Python(string script, string option = "")
    {
        string start = $"import io, os, pathlib, sys\nsys.path.insert(0, {Quoted(SourceTree.PathOf("python"))})\nimport rnnsweep\n{(option == "" ? "try:\n    import pandas as pd\nexcept ImportError:\n    pass\n" : "")}";
        File.WriteAllText(_folder["script.py"], start + script);
        return RunningProgram.Shell(_folder.Path, $"RNNSWEEP='{RunningProgram.Path}' PYTHONDONTWRITEBYTECODE=1 /usr/bin/python3 -W error {option} script.py").Expect(0);
    }

    private static string Quoted(string text) => $"'{text.Replace("'", "\\'", StringComparison.Ordinal)}'";
}
