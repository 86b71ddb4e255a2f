using System.Globalization;
using System.Text;

namespace RnnSweep.Core.Experiments;

/// <summary>
/// The canonical text of a cell: one line a field, fixed order, shortest round-trip numbers. Its hash is the cell's key, so a
/// change here, or in any number that a cell yields, is a new <see cref="NumericsVersion"/>.
/// </summary>
public static class CellText
{
    /// <summary>Version of the numerics; part of every key. Raised whenever the same cell would give other digits.</summary>
    public const int NumericsVersion = 2;

    /// <summary>The text of all that determines a cell's result.</summary>
    public static string Of(CellSpec spec) =>
        Line(Line(Trajectory(spec), "sequence_length", spec.SequenceLength), "threshold", spec.Threshold)
            .Append("statistics: norms\n")
            .ToString();

    /// <summary>
    /// The text of all that determines the trajectories of a cell's replicates: cells with equal texts differ only in where
    /// along the same trajectories they are read.
    /// </summary>
    public static string OfTrajectory(CellSpec spec) => Trajectory(spec).ToString();

    private static StringBuilder Trajectory(CellSpec spec)
    {
        var text = new StringBuilder(512);
        Line(text, "numerics", NumericsVersion);
        Line(text, "hidden_size", spec.HiddenSize);
        Line(text, "activation", CanonicalText.Of(spec.Activation));
        Line(text, "state", CanonicalText.Of(spec.State));
        Line(text, "weights", spec.WeightsDigest ?? CanonicalText.Of(spec.Weights));
        Line(text, "scaling", CanonicalText.Of(spec.Scaling));
        Line(text, "density", spec.Density);
        Line(text, "spectral_radius", spec.SpectralRadius);
        Line(text, "input", spec.InputDigest ?? "normal");
        Line(text, "input_scale", spec.InputScale);
        Line(text, "input_size", spec.ResolvedInputSize);
        Line(text, "bias", spec.Bias);
        Line(text, "bias_scale", spec.BiasScale);
        Line(text, "initial_state", spec.InitialState);
        Line(text, "initial_scale", spec.InitialScale);
        Line(text, "transient", spec.Transient);
        Line(text, "replicates", spec.Replicates);
        Line(text, "seed", spec.Seed);
        Line(text, "jacobian", CanonicalText.Of(spec.Jacobian));
        return text;
    }

    private static StringBuilder Line<T>(StringBuilder text, string name, T value) =>
        text.Append(CultureInfo.InvariantCulture, $"{name}: {value}\n");
}
