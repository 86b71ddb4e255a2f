using System.Text;

namespace RnnSweep.Silo.PostgreSql;

/// <summary>What PostgreSQL takes as text: everything but NUL and halves of surrogate pairs.</summary>
internal static class StorableText
{
    /// <summary>The text with what cannot be stored replaced: a reason may quote anything, and must not keep the results beside it from being stored.</summary>
    public static string Of(string text) => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text)).Replace('\0', '\uFFFD');
}
