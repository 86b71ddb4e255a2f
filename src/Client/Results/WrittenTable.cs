using RnnSweep.Core.Results;
using RnnSweep.Core.Sweeps;

namespace RnnSweep.Client.Results;

/// <summary>Finds which coordinates the tables of a folder were written with.</summary>
internal static class WrittenTable
{
    /// <summary>The plan with all fields as coordinates where the header of the summary begins with them; otherwise, and without a summary, the plan.</summary>
    public static ICellTable Of(RunFolder folder, SweepPlan plan)
    {
        var all = new AllFieldsTable(plan);
        return Header(folder).Take(all.Coordinates.Count).SequenceEqual(all.Coordinates) ? all : plan;
    }

    private static List<string> Header(RunFolder folder) => folder.Access(() =>
    {
        try
        {
            using var file = new StreamReader(folder[RunFolder.SummaryFile]);
            return CsvLine.Fields(file.ReadLine() ?? "");
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            return [];
        }
    });
}
