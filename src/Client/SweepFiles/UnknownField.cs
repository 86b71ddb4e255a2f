using RnnSweep.Core.Sweeps;

namespace RnnSweep.Client.SweepFiles;

/// <summary>What to say about a field that there is not.</summary>
internal static class UnknownField
{
    public static string Message(string name) =>
        NearestName.Of(name, SweepFields.All.Select(field => field.Name)) is { } nearest
            ? $"there is no field {Excerpt.Of(name)}; did you mean {nearest}?"
            : $"there is no field {Excerpt.Of(name)}; the fields are {string.Join(", ", SweepFields.All.Select(field => field.Name))}";
}
