namespace RnnSweep.Core.Networks;

/// <summary>A direction of a bidirectional network.</summary>
public enum Direction
{
    /// <summary>From the first input to the last.</summary>
    Forward,

    /// <summary>From the last input to the first.</summary>
    Backward,
}
