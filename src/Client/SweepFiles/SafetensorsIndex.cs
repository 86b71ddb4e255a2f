using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using RnnSweep.Core.Sweeps;

namespace RnnSweep.Client.SweepFiles;

/// <summary>
/// Reads a tensor through a model.safetensors.index.json, as Hugging Face writes it for a model in several files: a JSON object whose
/// <c>weight_map</c> gives, for the name of each tensor, the .safetensors file that holds it, in the folder of the index.
/// </summary>
internal static class SafetensorsIndex
{
    private const int LargestSize = 8 << 20;

    /// <inheritdoc cref="SafetensorsReader.TryRead"/>
    public static bool TryRead(
        string path, string? name, MatrixUse use, [NotNullWhen(true)] out NamedMatrix? matrix, [NotNullWhen(false)] out string? problem)
    {
        matrix = null;
        if (!MatrixReader.TryRead(path, file => Locate(file, name, use == MatrixUse.RecurrentWeights), out Location? tensor, out problem)
            || !TryResolve(path, tensor, out string? shard, out problem))
        {
            return false;
        }

        if (SafetensorsReader.TryRead(shard, tensor.Name, use, out matrix, out string? why))
        {
            return true;
        }

        problem = $"has {Excerpt.Of(tensor.Name)} in {Excerpt.Of(tensor.File)}, which {why}";
        return false;
    }

    private static Location Locate(FileStream file, string? name, bool wantsSquare)
    {
        if (file.Length > LargestSize)
        {
            throw new InvalidDataException($"has {file.Length} bytes, but at most {LargestSize} are read");
        }

        Dictionary<string, string> files = Files(file);
        if (name is not null)
        {
            return files.TryGetValue(name, out string? shard)
                ? new Location(name, shard)
                : throw new InvalidDataException(SafetensorsReader.NoTensor(name, files.Keys, List(files)));
        }

        KeyValuePair<string, string>[] meant =
            [.. files.Where(tensor => files.Count == 1 || (wantsSquare && tensor.Key.EndsWith(SafetensorsReader.RecurrentWeights, StringComparison.Ordinal)))];
        return meant is [var only]
            ? new Location(only.Key, only.Value)
            : throw new InvalidDataException($"needs a #name after it, for it does not name just one {(wantsSquare ? SafetensorsReader.RecurrentWeights : "tensor")}, but {List(files)}");
    }

    private static Dictionary<string, string> Files(FileStream file)
    {
        try
        {
            using var json = JsonDocument.Parse(file, new JsonDocumentOptions { AllowDuplicateProperties = false });
            if (json.RootElement.ValueKind != JsonValueKind.Object
                || !json.RootElement.TryGetProperty("weight_map", out JsonElement map) || map.ValueKind != JsonValueKind.Object)
            {
                throw new InvalidDataException("is not an index of .safetensors files: it has no object weight_map");
            }

            var files = new Dictionary<string, string>();
            foreach (JsonProperty tensor in map.EnumerateObject())
            {
                if (tensor.Value.ValueKind != JsonValueKind.String)
                {
                    throw new InvalidDataException($"has a weight_map in which {Excerpt.Of(tensor.Name)} is not the name of a file");
                }

                files.Add(tensor.Name, tensor.Value.GetString()!);
            }

            return files;
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException) // the latter for text that is not UTF-8
        {
            throw new InvalidDataException($"is not readable as JSON: {Excerpt.Of(error.Message)}");
        }
    }

    // The file must be in the folder of the index. Symbolic links are followed, because caches of models consist of them.
    private static bool TryResolve(string index, Location tensor, [NotNullWhen(true)] out string? path, [NotNullWhen(false)] out string? problem)
    {
        string file = tensor.File, folder = Path.GetDirectoryName(index)!;
        bool leaves = Path.IsPathRooted(file) || file.Contains('\\', StringComparison.Ordinal) || file.Split('/').Contains("..");
        bool isFile = file.EndsWith(".safetensors", StringComparison.Ordinal) && !file.Contains('\0', StringComparison.Ordinal);
        (path, problem) = (leaves, isFile) switch
        {
            (true, _) => (null, $"has {Excerpt.Of(tensor.Name)} in {Excerpt.Of(file)}, but a file must be in the folder of the index"),
            (_, false) => (null, $"has {Excerpt.Of(tensor.Name)} in {Excerpt.Of(file)}, but a file must be a .safetensors file"),
            _ => (Path.Combine(folder, file), (string?)null),
        };
        return path is not null;
    }

    private static string List(Dictionary<string, string> files) => SafetensorsReader.List([.. files.Keys.Take(20).Select(file => Excerpt.Of(file))], files.Count);

    private sealed record Location(string Name, string File);
}
