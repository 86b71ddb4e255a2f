namespace RnnSweep.Core.Experiments;

/// <summary>What a thread of a run may be busy with.</summary>
public enum Stage
{
    /// <summary>Nothing that is watched.</summary>
    None,

    /// <summary>Drawing recurrent weights, with their spectral radius, norm and determinant.</summary>
    Weights,

    /// <summary>Running the state and multiplying Jacobians.</summary>
    Products,

    /// <summary>Norms of the product, and carrying the loss gradient back.</summary>
    Norms,

    /// <summary>Storing results.</summary>
    Storing,

    /// <summary>Writing tables.</summary>
    Tables,
}
