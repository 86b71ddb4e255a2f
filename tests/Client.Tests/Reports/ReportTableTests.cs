using RnnSweep.Client.Reports;

namespace RnnSweep.Client.Tests.Reports;

/// <summary>Which columns of the page's table are hidden at first, and the links beside it.</summary>
public sealed class ReportTableTests
{
    [Fact]
    public void Columns_that_are_empty_or_the_same_in_all_rows_are_hidden_and_named()
    {
        // All 4 networks are ok, and explode at T = 100; the synthetic sweep has a theory, ln ρ, which differs by row.
        using var sweep = new SyntheticSweep([("spectral_radius", ["2", "3"]), ("hidden_size", ["8"])], (spec, r) => spec.SpectralRadius + r);
        var table = new ReportTable(sweep.Data);
        string[] hidden = [.. table.Columns.Zip(table.Hidden).Where(column => column.Second).Select(column => column.First)];
        string[] shown = [.. table.Columns.Except(hidden)];
        Assert.Equal(["fraction_vanishing", "fraction_stable", "fraction_exploding", "count_ok", "status"], hidden.Intersect(["fraction_vanishing", "fraction_stable", "fraction_exploding", "count_ok", "status"]));
        Assert.Contains("hidden_size", shown); // an axis
        Assert.Contains("theory_lyapunov_max", shown);
        string html = table.Html([]);
        Assert.Contains("fraction_vanishing = 0, fraction_stable = 0, fraction_exploding = 1, count_ok = 4", html, StringComparison.Ordinal);
        Assert.Contains("status = ok", html, StringComparison.Ordinal);
        Assert.Equal(3 * hidden.Length, html.Split(" class=\"idle\"").Length - 1); // the head and two rows
    }

    [Fact]
    public void Empty_columns_are_named_apart_and_one_row_hides_no_others()
    {
        using var sweep = new SyntheticSweep([("spectral_radius", ["2"])], (_, _) => 1);
        var table = new ReportTable(ReportData.Read(sweep.Plan, sweep.Store, _ => Core.Statistics.CellTheory.Unknown));
        Assert.Equal(["theory_lyapunov_max"], table.Columns.Zip(table.Hidden).Where(column => column.Second).Select(column => column.First));
        Assert.Contains("Hidden columns: empty, theory_lyapunov_max.", table.Html([]), StringComparison.Ordinal);
        using var varied = new SyntheticSweep([("network", ["rnn", "lstm"])], (spec, r) => (int)spec.Network + (r / 7.0));
        Assert.DoesNotContain("log10_pascanu_bound_mean", Hidden(varied)); // known in one row, empty in the other

        static IEnumerable<string> Hidden(SyntheticSweep sweep) =>
            new ReportTable(sweep.Data) is var table ? table.Columns.Zip(table.Hidden).Where(column => column.Second).Select(column => column.First) : [];
    }

    [Fact]
    public void The_page_links_to_the_tables_that_are_there()
    {
        using var sweep = new SyntheticSweep([("spectral_radius", ["2", "3"])], (spec, _) => spec.SpectralRadius);
        File.WriteAllText(sweep.Folder["summary.csv"], "");
        sweep.Report.Write();
        string page = File.ReadAllText(sweep.Folder["report.html"]);
        Assert.Contains("<a href=\"summary.csv\">summary.csv</a>", page, StringComparison.Ordinal);
        Assert.DoesNotContain("href=\"replicates.csv\"", page, StringComparison.Ordinal);
        using var served = new MemoryStream(); // a page that is served has no tables beside it
        sweep.Report.WritePage(served);
        Assert.DoesNotContain("href=\"summary.csv\"", System.Text.Encoding.UTF8.GetString(served.ToArray()), StringComparison.Ordinal);
    }
}
