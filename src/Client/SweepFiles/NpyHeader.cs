using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Globalization;
using System.Numerics;
using System.Text;
using System.Text.RegularExpressions;
using RnnSweep.Core.Sweeps;

namespace RnnSweep.Client.SweepFiles;

/// <summary>The header of a .npy file (numpy's format 1.0 to 3.0): a Python dictionary of type, order and shape.</summary>
internal sealed partial record NpyHeader(ElementType Type, bool IsFortran, ImmutableArray<long> Shape)
{
    // numpy, too, refuses a longer header, unless allow_pickle is set.
    private const int Longest = 10_000;

    private const string Allowed = "float16, float32, float64, whole numbers of 8 to 64 bits or bool";

    private static ReadOnlySpan<byte> Magic => [0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y'];

    /// <summary>Reads the header, and leaves the stream at the first value.</summary>
    /// <exception cref="InvalidDataException">The file is not a .npy file of numbers that can be used.</exception>
    public static NpyHeader Read(Stream file)
    {
        Span<byte> start = stackalloc byte[12];
        ReadStart(file, start[..8]);
        if (!start.StartsWith(Magic))
        {
            throw new InvalidDataException("is not a .npy file");
        }

        int version = start[6];
        if (version is not (1 or 2 or 3))
        {
            throw new InvalidDataException($"is of the .npy format {version}, but 1, 2 and 3 are known");
        }

        ReadStart(file, version == 1 ? start[8..10] : start[8..12]);
        long length = version == 1 ? BinaryPrimitives.ReadUInt16LittleEndian(start[8..]) : BinaryPrimitives.ReadUInt32LittleEndian(start[8..]);
        if (length > Longest)
        {
            throw new InvalidDataException($"has a header of {length} bytes, but at most {Longest} are read");
        }

        var text = new byte[length];
        ReadStart(file, text);
        return Parse(Encoding.Latin1.GetString(text));
    }

    /// <summary>Throws unless as many values as the shape says follow until the end of the file.</summary>
    /// <param name="file">The stream at the first value.</param>
    /// <param name="shape">The shape in words.</param>
    /// <exception cref="InvalidDataException">There are more or fewer.</exception>
    public void RequireValues(Stream file, string shape)
    {
        long dataSize = file.Length - file.Position;
        if (Shape.Aggregate((BigInteger)Type.Size, (bytes, size) => bytes * size) != dataSize)
        {
            throw new InvalidDataException($"should hold {shape} values of {Type.Size} bytes after its header, but holds {dataSize} bytes");
        }
    }

    private static NpyHeader Parse(string header)
    {
        Match order = Order().Match(header), shape = ShapeEntry().Match(header), type = ValueType().Match(header);
        if (!order.Success || !shape.Success)
        {
            throw new InvalidDataException("has a header without order or shape");
        }

        if (!type.Success)
        {
            throw new InvalidDataException("has a header without descr, the type of its values");
        }

        string found = type.Groups[1].Value.Trim('\'', '"');
        if (TypeOf(found) is not { } elements)
        {
            throw new InvalidDataException($"must hold {Allowed}, but holds {NameOf(found)} ({Excerpt.Of(found)})");
        }

        var sizes = new List<long>();
        foreach (string size in shape.Groups[1].Value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (!long.TryParse(size, NumberStyles.None, null, out long value) || value is < 1 or > int.MaxValue)
            {
                throw new InvalidDataException($"has a shape with the size {Excerpt.Of(size)}, but sizes must be from 1 to {int.MaxValue}");
            }

            sizes.Add(value);
        }

        return new NpyHeader(elements, order.Groups[1].Value == "True", [.. sizes]);
    }

    // Byte orders: < little-endian, > big-endian, = native, | none.
    private static ElementType? TypeOf(string found) => SimpleType().Match(found) is { Success: true } match
        ? ElementType.OfNumpy(match.Groups[2].Value[0], int.Parse(match.Groups[3].Value), match.Groups[1].Value == ">")
        : null;

    private static string NameOf(string found) => found.TrimStart('<', '>', '=', '|') switch
    {
        ['[' or '(', ..] => "records of several fields",
        ['O', ..] => "Python objects",
        ['S' or 'U' or 'a', ..] => "strings",
        ['c', ..] => "complex numbers",
        ['M' or 'm', ..] => "dates or durations",
        ['V', ..] => "raw bytes",
        ['f', ..] => "floating-point numbers of another size",
        _ => "another type",
    };

    private static void ReadStart(Stream file, Span<byte> bytes)
    {
        if (file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false) < bytes.Length)
        {
            throw new InvalidDataException("is not a .npy file, or ends within its header");
        }
    }

    // A type in quotes or, for records of several fields, a list up to the next entry.
    [GeneratedRegex("""['"]descr['"]\s*:\s*(['"][^'"]*['"]|[^\s].*?(?=,\s*['"](?:fortran_order|shape)['"]\s*:|\z))""", RegexOptions.CultureInvariant | RegexOptions.Singleline)]
    private static partial Regex ValueType();

    [GeneratedRegex("""^([<>=|]?)([fiub])([0-9]{1,2})\z""", RegexOptions.CultureInvariant)]
    private static partial Regex SimpleType();

    [GeneratedRegex("""['"]fortran_order['"]\s*:\s*(True|False)""", RegexOptions.CultureInvariant)]
    private static partial Regex Order();

    [GeneratedRegex("""['"]shape['"]\s*:\s*\(([^()]*)\)""", RegexOptions.CultureInvariant)]
    private static partial Regex ShapeEntry();
}
