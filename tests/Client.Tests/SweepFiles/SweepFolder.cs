using System.Text;
using RnnSweep.Client.SweepFiles;

namespace RnnSweep.Client.Tests.SweepFiles;

/// <summary>A temporary folder for each test class, deleted at its end.</summary>
public sealed class SweepFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("rnnsweep-test-").FullName;

    public string Write(string name, string text) => Write(name, Encoding.UTF8.GetBytes(text));

    public string Write(string name, byte[] bytes)
    {
        string path = System.IO.Path.Combine(Path, name);
        File.WriteAllBytes(path, bytes);
        return path;
    }

    /// <summary>Writes a matrix like numpy.</summary>
    public string WriteNpy(string name, string type, string shape, bool isFortran, params double[] values) => WriteNpy(
        name, $"'{type}'", shape, isFortran, [.. values.SelectMany(value => type == "<f4" ? BitConverter.GetBytes((float)value) : BitConverter.GetBytes(value))]);

    /// <summary>Writes a header like numpy, with a type in Python's notation, and the bytes after it.</summary>
    public string WriteNpy(string name, string type, string shape, bool isFortran, byte[] values, byte version = 1)
    {
        using var bytes = new MemoryStream();
        string header = $"{{'descr': {type}, 'fortran_order': {(isFortran ? "True" : "False")}, 'shape': {shape}, }}";
        header = header.PadRight(117) + '\n';
        bytes.Write([0x93, .. "NUMPY"u8, version, 0, (byte)header.Length, 0, .. version == 1 ? [] : new byte[2]]);
        bytes.Write(Encoding.Latin1.GetBytes(header));
        bytes.Write(values);
        return Write(name, bytes.ToArray());
    }

    /// <summary>Reads a sweep that must be valid.</summary>
    internal static ResolvedSweep Read(string? path, params string[] sets) =>
        SweepFileReader.Read(path, sets, out var problems) ?? throw new ArgumentException(string.Join('\n', problems));

    /// <summary>The problems of a sweep that must be invalid, without the path at their start.</summary>
    internal static string[] Problems(string? path, params string[] sets)
    {
        ResolvedSweep? sweep = SweepFileReader.Read(path, sets, out var problems);
        Assert.Equal(sweep is null, problems.Length > 0);
        return [.. problems.Select(problem => problem.ToString()).Select(line =>
            path is not null && line.StartsWith(path, StringComparison.Ordinal) ? line[(path.Length + 1)..] : line)];
    }

    internal static string[] Coordinates(ResolvedSweep sweep, int axis) =>
        [.. Enumerable.Range(0, (int)sweep.Plan.CellCount).Select(i => sweep.Plan.Coordinate(i, axis)).Distinct()];

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
