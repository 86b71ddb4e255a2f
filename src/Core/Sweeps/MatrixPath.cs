namespace RnnSweep.Core.Sweeps;

/// <summary>How a matrix is named: a .npy file, or a .safetensors file, which may hold several, with # and the name of one.</summary>
public static class MatrixPath
{
    private const string Npy = ".npy", Safetensors = ".safetensors", Mark = Safetensors + "#";

    /// <summary>Whether a text names a matrix.</summary>
    public static bool Is(string text) => text.EndsWith(Npy, StringComparison.Ordinal) || IsSafetensors(Split(text).File);

    /// <summary>Whether a file, by its name, is one of tensors with names.</summary>
    public static bool IsSafetensors(string file) => file.EndsWith(Safetensors, StringComparison.Ordinal);

    /// <summary>The file, and the name of the tensor in it; null where none is named.</summary>
    public static (string File, string? Tensor) Split(string text)
    {
        int mark = text.IndexOf(Mark, StringComparison.Ordinal);
        return mark < 0 ? (text, null) : (text[..(mark + Safetensors.Length)], text[(mark + Mark.Length)..]);
    }

    /// <summary>The inverse of <see cref="Split"/>; a file without named tensors by itself.</summary>
    public static string Join(string file, string tensor) => IsSafetensors(file) ? $"{file}#{tensor}" : file;
}
