using System.Reflection;
using RnnSweep.Core.Experiments;

namespace RnnSweep.Silo;

/// <summary>The version of the program, which all silos and clients of a cluster must share.</summary>
internal static class ProgramVersion
{
    /// <summary>The version of the release and those of the numerics, such as <c>0.1.0, numerics 4.5.2.1.1</c>.</summary>
    public static string Text { get; } = string.Join(
        ", numerics ",
        (typeof(ProgramVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "").Split('+')[0],
        string.Join(
            '.',
            [CellText.NumericsVersion, CellText.SpectrumNumericsVersion, CellText.LeadingNumericsVersion, CellText.GradientNumericsVersion, CellText.ActivityNumericsVersion]));
}
