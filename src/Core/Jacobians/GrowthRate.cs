namespace RnnSweep.Core.Jacobians;

/// <summary>The growth rate of a Jacobian product over the second half of its steps, nats per step; NaN where it is not known.</summary>
/// <param name="Slope">The least-squares slope of ln ‖P_t‖_F over t.</param>
/// <param name="WithinSem">The standard error of the rate, by batch means.</param>
/// <param name="Converged">Whether the rates of the third and the last quarter of the steps agree.</param>
internal readonly record struct GrowthRate(double Slope, double WithinSem, bool? Converged)
{
    /// <summary>Unknown rates.</summary>
    public static GrowthRate Unknown { get; } = new(double.NaN, double.NaN, null);
}
