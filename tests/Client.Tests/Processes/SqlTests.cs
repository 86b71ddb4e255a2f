using Microsoft.Data.Sqlite;
using RnnSweep.Client.Tests.Results;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Sweeps;

namespace RnnSweep.Client.Tests.Processes;

/// <summary>results.db can be queried: its view replicates has the numbers of replicates.csv, bit for bit, and NULL for unknown numbers.</summary>
public sealed class SqlTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void Averages_of_a_view_are_those_of_the_table()
    {
        FinishedRun.Of(SmallSweep.Blink).CopyTo(_folder["run"]);
        List<object[]> answer = Query("SELECT spectral_radius, sequence_length, avg(lyapunov_max), count(*) FROM replicates WHERE activation = 'tanh' GROUP BY 1, 2 ORDER BY 1, 2", out _);
        var expected =
            from row in Rows("replicates.csv")
            where row["activation"] == "tanh"
            group double.Parse(row["lyapunov_max"])
                by (Radius: double.Parse(row["spectral_radius"]), Length: long.Parse(row["sequence_length"]))
            into cell
            orderby cell.Key.Radius, cell.Key.Length
            select (cell.Key.Radius, cell.Key.Length, Mean: cell.Average(), Count: cell.LongCount());
        Assert.Equal(expected.Select(cell => (cell.Radius, cell.Length, cell.Count)), answer.Select(row => ((double)row[0], (long)row[1], (long)row[3])));

        // SQLite may add three numbers in another order.
        Assert.All(expected.Zip(answer), pair => Assert.Equal(pair.First.Mean, (double)pair.Second[2], 1e-14));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_view_has_every_field_and_every_column_of_the_table_but_the_outcome(bool isMeasured)
    {
        // The sweep has overflowing states, singular values of 0, and sequences too short for some of the numbers.
        string[] sweep =
        [
            "--set", "activation=relu,tanh", "--set", "spectral_radius=0,1,1e300", "--set", "sequence_length=1,30", "--set", "hidden_size=4",
            "--set", "replicates=3", "--set", "seed=1,18446744073709551615", .. isMeasured ? SmallSweep.Measured : [],
        ];
        FinishedRun.Of(sweep).CopyTo(_folder["run"]);
        SweepPlan plan = SmallSweep.PlanOf(sweep);
        List<object[]> view = Query("SELECT * FROM replicates", out string[] columns);
        Dictionary<string, string>[] table = Rows("replicates.csv");
        string[] fields = [.. SweepFields.OfReadings.Select(field => field.Name)];
        string[] ofTable = [.. table[0].Keys.Where(column => column != "outcome" && !plan.Coordinates.Contains(column))];
        Assert.Equal([.. SweepFields.All.Select(field => field.Name).Except(["name", "description", "label", "replicates", "threshold"]).Order()], fields.Order());
        Assert.Equal([.. fields, .. ofTable], columns.Where(column => !IsOfStatistic(column) || ofTable.Contains(column)));
        Assert.Equal(isMeasured, columns.Where(IsOfStatistic).Any(ofTable.Contains));

        Assert.Equal(table.Length, view.Count);
        var byReading = view.ToDictionary(row => ((string)row[Place("cell_key")], (long)row[Place("replicate")]));
        int unknown = 0, infinite = 0;
        foreach (Dictionary<string, string> row in table)
        {
            object[] found = byReading[(row["cell_key"], long.Parse(row["replicate"]))];
            foreach ((string column, string text) in row.Where(column => column.Key != "outcome"))
            {
                object value = found[Place(column)];
                AssertIs(column, column == "status" && text == "unresolved" ? "ok" : text, value); // unresolved follows from the numbers, and is not stored
                unknown += value is DBNull ? 1 : 0;
                infinite += value is double number && double.IsInfinity(number) ? 1 : 0;
            }
        }

        Assert.True(unknown > 0 && infinite > 0);

        // The fields that the sweep does not vary.
        Assert.All(view, row => Assert.Equal((4L, "pre-activation", 0.0), ((long)row[Place("hidden_size")], (string)row[Place("state")], (double)row[Place("bias")])));
        Assert.All(view, row => Assert.All(columns.Where(column => IsOfStatistic(column) && !ofTable.Contains(column)), column => Assert.Equal(DBNull.Value, row[Place(column)])));

        int Place(string column) => Array.IndexOf(columns, column);

        static void AssertIs(string column, string text, object value)
        {
            switch (value)
            {
                case DBNull:
                    Assert.True(text.Length == 0, $"{column} is '{text}' in the table, but NULL in the view");
                    break;
                case long whole when text is "true" or "false":
                    Assert.Equal(text == "true" ? 1 : 0, whole);
                    break;
                case double number:
                    Assert.Equal(BitConverter.DoubleToInt64Bits(Number(text)), BitConverter.DoubleToInt64Bits(number));
                    break;
                default:
                    Assert.Equal(text, Convert.ToString(value));
                    break;
            }
        }
    }

    [Fact]
    public void A_reading_that_is_unknown_does_not_count_in_an_average()
    {
        // relu at such a radius overflows, unless every unit is at rest: then its product is 0.
        string[] sweep = ["--set", "activation=relu", "--set", "spectral_radius=1,1e300", "--set", "sequence_length=50", "--set", "hidden_size=4", "--set", "replicates=5"];
        FinishedRun.Of(sweep).CopyTo(_folder["run"]);
        List<object[]> answer = Query("SELECT status, count(*), count(lyapunov_max), avg(lyapunov_max) FROM replicates GROUP BY status", out _);
        Dictionary<string, string>[] table = Rows("replicates.csv");
        Assert.Equal(table.Select(row => row["status"]).Distinct().Order(StringComparer.Ordinal), answer.Select(row => (string)row[0]).Order(StringComparer.Ordinal));
        foreach (object[] row in answer)
        {
            string[] there = [.. table.Where(reading => reading["status"] == (string)row[0]).Select(reading => reading["lyapunov_max"])];
            double[] known = [.. there.Where(text => text.Length > 0).Select(Number)];
            Assert.Equal((there.Length, known.Length), ((long)row[1], (long)row[2]));
            Assert.Equal(known.Length == 0, row[3] is DBNull);
            Assert.True(known.Length == 0 || Math.Abs(known.Average() - (double)row[3]) < 1e-14 || known.Average() == (double)row[3]);
        }

        Assert.Contains(answer, row => row[3] is DBNull);
        Assert.Contains(answer, row => row[3] is double);
    }

    public void Dispose() => _folder.Dispose();

    // The columns of optional statistics: the view has all of them, a table only those of its sweep.
    private static bool IsOfStatistic(string column) => column is "log10_min_singular_value" or "log10_condition_number" or "unstable_fraction" or "entropy_rate"
        or "kaplan_yorke_dimension" or "sum_rule_residual" or "vanishing_lag" or "exploding_lag" or "halving_lag" or "saturated_fraction" or "log10_memory_path" or "lyapunov_sum"
        or "activity_variance" or "autocorrelation_time" or "participation_ratio"
        || column.StartsWith("lyapunov_1", StringComparison.Ordinal) || column.StartsWith("lyapunov_2", StringComparison.Ordinal) || column.Contains("_gate_", StringComparison.Ordinal)
        || column.EndsWith("weights_gradient", StringComparison.Ordinal) || column.EndsWith("bias_gradient", StringComparison.Ordinal) || column == "gradient_mean_lag";

    private static double Number(string text) => double.Parse(text);

    private List<object[]> Query(string sql, out string[] columns)
    {
        using SqliteConnection connection = StoredRows.Open(_folder["run/results.db"]);
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        using SqliteDataReader reader = command.ExecuteReader();
        columns = [.. Enumerable.Range(0, reader.FieldCount).Select(reader.GetName)];
        var rows = new List<object[]>();
        while (reader.Read())
        {
            var row = new object[reader.FieldCount];
            reader.GetValues(row);
            rows.Add(row);
        }

        return rows;
    }

    private Dictionary<string, string>[] Rows(string table)
    {
        string[][] lines = [.. File.ReadLines(_folder[$"run/{table}"]).Select(line => line.Split(','))];
        return [.. lines[1..].Select(line => lines[0].Zip(line).ToDictionary(pair => pair.First, pair => pair.Second))];
    }
}
