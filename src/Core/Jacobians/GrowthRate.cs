namespace RnnSweep.Core.Jacobians;

/// <summary>How fast a Jacobian product grows over the second half of its steps, nats per step; NaN where that is not known.</summary>
/// <param name="Slope">The least-squares slope of ln ‖P_t‖_F over t.</param>
/// <param name="WithinSem">The standard error of the rate, by batch means.</param>
/// <param name="Converged">Whether the rates of the third and the last quarter of the steps agree.</param>
internal readonly record struct GrowthRate(double Slope, double WithinSem, bool? Converged)
{
    /// <summary>Nothing is known.</summary>
    public static GrowthRate Unknown { get; } = new(double.NaN, double.NaN, null);
}
