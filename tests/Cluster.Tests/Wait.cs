using System.Runtime.CompilerServices;

namespace RnnSweep.Cluster.Tests;

/// <summary>Waits for states, not for times.</summary>
internal static class Wait
{
    // Long enough for a machine that is busy with other work.
    private static readonly TimeSpan s_hang = TimeSpan.FromMinutes(3);

    /// <summary>Waits until a condition holds, and fails the test if it never does.</summary>
    public static Task Until(Func<bool> condition, [CallerArgumentExpression(nameof(condition))] string text = "") => Until(() => Task.FromResult(condition()), text);

    /// <inheritdoc cref="Until(Func{bool}, string)"/>
    public static async Task Until(Func<Task<bool>> condition, [CallerArgumentExpression(nameof(condition))] string text = "")
    {
        DateTime deadline = DateTime.UtcNow + s_hang;
        while (!await condition())
        {
            Assert.True(DateTime.UtcNow < deadline, $"this never held: {text}");
            await Task.Delay(50);
        }
    }
}
