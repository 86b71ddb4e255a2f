namespace RnnSweep.Core.Sweeps;

/// <summary>
/// The name of a matrix: a .npy file; or a .safetensors file, which may contain several tensors, followed by # and a tensor's name; or likewise the
/// .safetensors.index.json of a model that is split into several such files.
/// </summary>
public static class MatrixPath
{
    private const string Npy = ".npy", Safetensors = ".safetensors", Index = ".safetensors.index.json", Mark = "#";

    /// <summary>Whether a text names a matrix.</summary>
    public static bool Is(string text) => Split(text).File is var file && (file.EndsWith(Npy, StringComparison.Ordinal) || HasTensors(file));

    /// <summary>Whether a file, by its name, contains named tensors.</summary>
    public static bool HasTensors(string file) => file.EndsWith(Safetensors, StringComparison.Ordinal) || IsIndex(file);

    /// <summary>Whether a file, by its name, is an index of tensors in several files.</summary>
    public static bool IsIndex(string file) => file.EndsWith(Index, StringComparison.Ordinal);

    /// <summary>The file and the name of the tensor in it; null where no tensor is named.</summary>
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

    /// <summary>The inverse of <see cref="Split"/>. For a file without named tensors, the file alone.</summary>
    public static string Join(string file, string tensor) => HasTensors(file) ? $"{file}{Mark}{tensor}" : file;
}
