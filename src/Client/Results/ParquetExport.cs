using RnnSweep.Core.Results;

namespace RnnSweep.Client.Results;

/// <summary>Writes the tables of a run as Parquet: the rows of the CSVs, with columns of the declared types, in bounded memory.</summary>
/// <param name="table">The cells.</param>
/// <param name="rows">Makes the rows.</param>
internal sealed class ParquetExport(ICellTable table, CsvExport rows)
{
    /// <summary>Writes all tables, each whole or not at all.</summary>
    /// <inheritdoc cref="CsvExport.Write(CancellationToken)" path="/exception"/>
    public ExportCounts Write(CancellationToken cancellation = default) =>
        rows.WriteFiles([.. RunFolder.Tables(table.Fixed).Select(RunFolder.AsParquet)], files =>
        {
            ParquetTable[] tables = [.. TableSchemas.Of(table).Zip(files, (columns, file) => new ParquetTable(columns, file))];
            try
            {
                ExportCounts counts = rows.WriteTo(tables, cancellation);
                Array.ForEach(tables, written => written.Finish());
                return counts;
            }
            finally
            {
                Array.ForEach(tables, written => written.Dispose());
            }
        });
}
