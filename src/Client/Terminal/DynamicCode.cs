namespace RnnSweep.Client.Terminal;

/// <summary>Code that libraries generate and compile in the running program.</summary>
internal static class DynamicCode
{
    /// <summary>
    /// Has libraries do without it, where no silo runs in this process. Otherwise YamlDotNet compiles the regular expressions of its tags, which takes longer than
    /// to read a sweep file. Must come before the first use of any: the runtime reads the switch once.
    /// </summary>
    public static void TurnOff() => AppContext.SetSwitch("System.Runtime.CompilerServices.RuntimeFeature.IsDynamicCodeSupported", false);
}
