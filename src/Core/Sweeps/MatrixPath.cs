namespace RnnSweep.Core.Sweeps;

/// <summary>
/// How a matrix is named: a .npy file; or a .safetensors file, which may hold several, with # and the name of one; or likewise the
/// .safetensors.index.json of a model that is kept in several such files.
/// </summary>
public static class MatrixPath
{
    private const string Npy = ".npy", Safetensors = ".safetensors", Index = ".safetensors.index.json", Mark = "#";

    /// <summary>Whether a text names a matrix.</summary>
    public static bool Is(string text) => Split(text).File is var file && (file.EndsWith(Npy, StringComparison.Ordinal) || HasTensors(file));

    /// <summary>Whether a file, by its name, is one of tensors with names.</summary>
    public static bool HasTensors(string file) => file.EndsWith(Safetensors, StringComparison.Ordinal) || IsIndex(file);

    /// <summary>Whether a file, by its name, says in which files the tensors are.</summary>
    public static bool IsIndex(string file) => file.EndsWith(Index, StringComparison.Ordinal);

    /// <summary>The file, and the name of the tensor in it; null where none is named.</summary>
    public static (string File, string? Tensor) Split(string text)
    {
        foreach (string ending in (string[])[Index, Safetensors, Npy])
        {
            int mark = text.IndexOf(ending + Mark, StringComparison.Ordinal);
            if (mark >= 0 && !(ending == Npy && text.EndsWith(Npy, StringComparison.Ordinal)))
            {
                return (text[..(mark + ending.Length)], text[(mark + ending.Length + Mark.Length)..]);
            }
        }

        return (text, null);
    }

    /// <summary>The inverse of <see cref="Split"/>; a file without named tensors by itself.</summary>
    public static string Join(string file, string tensor) => HasTensors(file) ? $"{file}{Mark}{tensor}" : file;
}
