using System.Globalization;
using System.Text;
using CsvHelper;
using CsvHelper.Configuration;

namespace RnnSweep.Client.Results;

/// <summary>Writes rows of fields as CSV: comma, \n, UTF-8 without a mark. The stream stays open.</summary>
internal sealed class CsvTable(Stream stream) : IDisposable
{
    private static readonly CsvConfiguration Format = new(CultureInfo.InvariantCulture) { NewLine = "\n" };

    private readonly CsvWriter _csv = new(new StreamWriter(stream, new UTF8Encoding(false), 1 << 16, leaveOpen: true), Format);

    /// <summary>Number of rows, the header's not among them.</summary>
    public long Rows { get; private set; } = -1;

    public void Row(IEnumerable<string> fields)
    {
        foreach (string field in fields)
        {
            _csv.WriteField(field);
        }

        _csv.NextRecord();
        Rows++;
    }

    public void Dispose() => _csv.Dispose();
}
