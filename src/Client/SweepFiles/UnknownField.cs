using RnnSweep.Core.Sweeps;

namespace RnnSweep.Client.SweepFiles;

/// <summary>The message about a field that does not exist.</summary>
internal static class UnknownField
{
    public static string Message(string name) =>
        NearestName.Of(name, SweepFields.All.Select(field => field.Name)) is { } nearest
            ? $"there is no field {Excerpt.Of(name)}; did you mean {nearest}?"
            : $"there is no field {Excerpt.Of(name)}; the fields are {string.Join(", ", SweepFields.All.Select(field => field.Name))}";
}
