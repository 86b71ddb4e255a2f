using System.Reflection;

namespace RnnSweep.Client.Runs;

/// <summary>What the build of this program wrote into it.</summary>
internal static class BuildFacts
{
    private const string Key = "OrleansLeftOut";

    /// <summary>Whether the program has the Orleans engines.</summary>
    public static bool HasOrleans =>
#if ORLEANS
        true;
#else
        false;
#endif

    /// <summary>Why it has none; null where it has them.</summary>
    public static string? OrleansLeftOut => HasOrleans
        ? null
        : Assembly.GetExecutingAssembly().GetCustomAttributes<AssemblyMetadataAttribute>().FirstOrDefault(fact => fact.Key == Key)?.Value is { Length: > 0 } reason
            ? reason
            : "left out as asked when it was built";
}
