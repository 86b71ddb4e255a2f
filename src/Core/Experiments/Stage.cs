namespace RnnSweep.Core.Experiments;

/// <summary>The activity of a thread of a run.</summary>
public enum Stage
{
    /// <summary>No observed activity.</summary>
    None,

    /// <summary>Drawing recurrent weights, with their spectral radius, norm and determinant.</summary>
    Weights,

    /// <summary>Running the state and multiplying Jacobians.</summary>
    Products,

    /// <summary>Norms of the product, and propagating the loss gradient back.</summary>
    Norms,

    /// <summary>Storing results.</summary>
    Storing,

    /// <summary>Writing tables.</summary>
    Tables,
}
