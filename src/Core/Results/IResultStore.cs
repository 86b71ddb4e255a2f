using RnnSweep.Core.Experiments;

namespace RnnSweep.Core.Results;

/// <summary>
/// Where results are kept, by the key of their cell: the only truth about what is done. A result that is stored is never
/// replaced. Methods may be called from any thread.
/// </summary>
public interface IResultStore : IDisposable
{
    /// <summary>
    /// Adds a batch of results and failures in one transaction: afterwards all are stored, or, on an exception, none is.
    /// A result whose key is stored already is passed over; a result takes the failure of the same key away; a failure
    /// replaces an earlier one and is passed over where there is a result.
    /// </summary>
    void Add(IReadOnlyCollection<CellResult> results, IReadOnlyCollection<CellFailure> failures);

    /// <summary>The result of a cell, or null.</summary>
    CellResult? Find(CellKey key);

    /// <summary>The results of some cells, in their order; null where there is none. Asks for all at once where that is quicker.</summary>
    IReadOnlyList<CellResult?> Find(IReadOnlyList<CellKey> keys) => [.. keys.Select(Find)];

    /// <summary>The failure of a cell, or null.</summary>
    CellFailure? FindFailure(CellKey key);

    /// <summary>The keys of all results, ascending, without reading the results themselves.</summary>
    IEnumerable<CellKey> Keys();

    /// <summary>
    /// Those of some keys that have a result, in any order: what of one sweep is done, where the store holds many others. Reads the keys given as
    /// it goes, and asks for many at a time where that is quicker.
    /// </summary>
    IEnumerable<CellKey> Stored(IEnumerable<CellKey> keys) => keys.Where(key => Find(key) is not null);

    /// <summary>All failures, in the order of their keys.</summary>
    IReadOnlyList<CellFailure> Failures();

    /// <summary>Number of results.</summary>
    long Count();
}
