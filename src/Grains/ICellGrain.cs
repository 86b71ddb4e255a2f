
namespace RnnSweep.Grains;

/// <summary>One cell; its key is the cell's key. It computes the cell and hands the result on to be stored and reported.</summary>
[Alias("rnnsweep.cell")]
public interface ICellGrain : IGrainWithStringKey
{
    /// <summary>Computes the cell, on a thread that is none of Orleans'. May take hours, so only a pump in the same silo calls it.</summary>
    [Alias("Run")]
    [ResponseTimeout("365.00:00:00")]
    Task Run(CellWork work, CancellationToken cancellation);
}
