using System.Text;

namespace RnnSweep.Silo.PostgreSql;

/// <summary>Text that PostgreSQL can store, which excludes NUL and unpaired surrogates.</summary>
internal static class StorableText
{
    /// <summary>Replaces what cannot be stored. A failure's reason may quote any text, and must not make the transaction with the results fail.</summary>
    public static string Of(string text) => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text)).Replace('\0', '\uFFFD');
}
