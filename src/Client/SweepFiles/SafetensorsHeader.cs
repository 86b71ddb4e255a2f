using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Text.Json;
using RnnSweep.Core.Sweeps;

namespace RnnSweep.Client.SweepFiles;

/// <summary>
/// The header of a .safetensors file: its length as eight bytes, little-endian, and as many bytes of JSON, an object with an entry for each tensor.
/// </summary>
internal static class SafetensorsHeader
{
    private const int LongestHeader = 8 << 20;

    /// <summary>The tensors in the order of the header, no two of which overlap; the stream is left at the first value.</summary>
    /// <exception cref="InvalidDataException">The file is not a .safetensors file, or contradicts itself.</exception>
    public static ImmutableArray<Tensor> Read(FileStream file)
    {
        Span<byte> start = stackalloc byte[8];
        if (file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false) < start.Length)
        {
            throw new InvalidDataException("is not a .safetensors file: it has less than 8 bytes");
        }

        ulong length = BinaryPrimitives.ReadUInt64LittleEndian(start);
        if (length > (ulong)(file.Length - start.Length))
        {
            throw new InvalidDataException($"is not a .safetensors file: its header would be {length} bytes, but the file has {file.Length}");
        }

        if (length > LongestHeader)
        {
            throw new InvalidDataException($"has a header of {length} bytes, but at most {LongestHeader} are read");
        }

        var header = new byte[length];
        file.ReadExactly(header);
        try
        {
            ImmutableArray<Tensor> tensors = Parse(header, file.Length - file.Position);
            RequireApart(tensors);
            return tensors;
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException) // the latter for text that is not UTF-8
        {
            throw new InvalidDataException($"has a header that is not readable as JSON: {Excerpt.Of(error.Message)}");
        }
    }

    private static ImmutableArray<Tensor> Parse(byte[] header, long dataSize)
    {
        var json = new Utf8JsonReader(header);
        var names = new HashSet<string>();
        var tensors = ImmutableArray.CreateBuilder<Tensor>();
        Require(json.Read() && json.TokenType == JsonTokenType.StartObject, "has a header that is not a JSON object");
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            string name = json.GetString()!;
            if (!names.Add(name))
            {
                throw new InvalidDataException($"names {Excerpt.Of(name)} twice in its header");
            }

            json.Read();
            if (name == "__metadata__")
            {
                json.Skip();
            }
            else
            {
                tensors.Add(Entry(ref json, name, dataSize));
            }
        }

        while (json.Read())
        {
        }

        return tensors.ToImmutable();
    }

    private static Tensor Entry(ref Utf8JsonReader json, string name, long dataSize)
    {
        string? type = null;
        long[]? shape = null, offsets = null;
        Require(json.TokenType == JsonTokenType.StartObject, $"has a header in which {Excerpt.Of(name)} is not an object");
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            string field = json.GetString()!;
            bool isNew = field switch { "dtype" => type is null, "shape" => shape is null, "data_offsets" => offsets is null, _ => true };
            Require(isNew, $"has a header in which {Excerpt.Of(name)} has two of {field}");
            json.Read();
            switch (field)
            {
                case "dtype" when json.TokenType == JsonTokenType.String:
                    type = json.GetString();
                    break;
                case "shape":
                    shape = Sizes(ref json, name, field);
                    break;
                case "data_offsets":
                    offsets = Sizes(ref json, name, field);
                    break;
                default:
                    json.Skip();
                    break;
            }
        }

        if (type is null || shape is null || offsets is not [var start, var end])
        {
            throw new InvalidDataException($"has a header in which {Excerpt.Of(name)} lacks a dtype, a shape, or two data_offsets");
        }

        var tensor = new Tensor(name, type, [.. shape], start, end);
        if (start > end || end > dataSize)
        {
            throw new InvalidDataException($"has {tensor} at the bytes {start} to {end}, but holds {dataSize} bytes of values");
        }

        if (tensor.Type is { } known && Bytes(tensor, known) != end - start)
        {
            throw new InvalidDataException($"has {tensor} in {end - start} bytes, which is not the size of its shape");
        }

        return tensor;
    }

    private static long[] Sizes(ref Utf8JsonReader json, string name, string field)
    {
        var sizes = new List<long>();
        Require(json.TokenType == JsonTokenType.StartArray, $"has a header in which {field} of {Excerpt.Of(name)} is not a list");
        while (json.Read() && json.TokenType != JsonTokenType.EndArray)
        {
            bool isSize = json.TokenType == JsonTokenType.Number && json.TryGetInt64(out long size) && size >= 0;
            Require(isSize, $"has a header in which {field} of {Excerpt.Of(name)} is invalid: it must hold non-negative integers");
            sizes.Add(json.GetInt64());
        }

        return [.. sizes];
    }

    // Size in bytes; −1 where it overflows.
    private static long Bytes(Tensor tensor, ElementType type)
    {
        try
        {
            return tensor.Shape.Contains(0) ? 0 : tensor.Shape.Aggregate((long)type.Size, (bytes, size) => checked(bytes * size));
        }
        catch (OverflowException)
        {
            return -1;
        }
    }

    private static void RequireApart(ImmutableArray<Tensor> tensors)
    {
        Tensor? before = null;
        foreach (Tensor tensor in tensors.Where(tensor => tensor.End > tensor.Start).OrderBy(tensor => tensor.Start))
        {
            if (before is not null && tensor.Start < before.End)
            {
                throw new InvalidDataException($"has {before} and {tensor} in the same bytes");
            }

            before = tensor;
        }
    }

    private static void Require(bool holds, string problem)
    {
        if (!holds)
        {
            throw new InvalidDataException(problem);
        }
    }
}
