using System.Runtime.CompilerServices;
using System.Text;
using RnnSweep.Core.Experiments;

namespace RnnSweep.Core.Tests.LinearAlgebra;

/// <summary>
/// The tiles of the product kernel are generated, because every sum, load and store must be written out: C# has no loop over registers.
/// RNNSWEEP_UPDATE_SNAPSHOTS=1 writes the files.
/// </summary>
public sealed class TileSourceTests
{
    private static readonly string[] s_names = ["", "One", "Two", "Three"], s_words = ["", "one vector", "two vectors", "three vectors"];

    [Theory]
    [InlineData(4)]
    [InlineData(8)]
    public void A_tile_is_the_text_that_its_number_of_rows_generates(int rows)
    {
        string file = Path.Combine(Folder(), $"../../../src/Core/LinearAlgebra/Kernels/Tile{rows}.cs");
        if (Environment.GetEnvironmentVariable("RNNSWEEP_UPDATE_SNAPSHOTS") == "1")
        {
            File.WriteAllText(file, Text(rows));
        }

        Assert.Equal(Text(rows), File.ReadAllText(file));
    }

    private static string Text(int rows) =>
        $$"""
        using System.Runtime.CompilerServices;

        namespace RnnSweep.Core.LinearAlgebra.Kernels;

        // Generated, and compared with what generates it, by tests/Core.Tests/LinearAlgebra/TileSourceTests.cs.

        /// <summary>
        /// A tile of {{rows}} rows and one to three vectors of columns of a product L·R, its sums held in registers while L's panel and R's rows stream by.
        /// Each sum is taken in the order of the inner index, so an entry does not depend on the tile it falls in.
        /// </summary>
        internal static class Tile{{rows}}<TLanes, TVector, TEnd>
            where TLanes : struct, ILanes<TVector>
            where TVector : struct
            where TEnd : struct, ITileEnd
        {
        {{string.Join("\n", Enumerable.Range(1, 3).Reverse().Select(vectors => Method(rows, vectors)))}}}

        """;

    private static string Method(int rows, int vectors)
    {
        var text = new StringBuilder();
        void line(string content, int depth = 2) => text.Append(content.Length == 0 ? "" : new string(' ', 4 * depth)).Append(content).Append('\n');
        string each(Func<int, string> one) => string.Join(", ", Enumerable.Range(0, vectors).Select(one));
        const string end = "TileEnd<TLanes, TVector, TEnd>";

        line($"/// <summary>{rows} rows and {s_words[vectors]} of columns; the parameters are those of <see cref=\"Tile{{TLanes,TVector,TEnd}}\"/>.</summary>", 1);
        line("[MethodImpl(MethodImplOptions.AggressiveOptimization)]", 1);
        line($"public static void {s_names[vectors]}(ref double left, ref double right, nint rightStride, nint inner, ref double target, nint targetStride, ref double factors, ref double maxima)", 1);
        line("{", 1);
        for (int i = 0; i < rows; i++)
        {
            line($"TVector {each(j => $"s{i}{j} = default")};");
        }

        line("for (nint k = 0; k < inner; k++)");
        line("{");
        for (int j = 0; j < vectors; j++)
        {
            line($"TVector r{j} = TLanes.Load(ref right, {Offset(j)});", 3);
        }

        for (int i = 0; i < rows; i++)
        {
            line($"TVector l{i} = TLanes.Broadcast(Unsafe.Add(ref left, {i}));", 3);
            for (int j = 0; j < vectors; j++)
            {
                line($"s{i}{j} = TLanes.MultiplyAdd(l{i}, r{j}, s{i}{j});", 3);
            }
        }

        line($"left = ref Unsafe.Add(ref left, {rows});", 3);
        line("right = ref Unsafe.Add(ref right, rightStride);", 3);
        line("}");
        line("");
        line($"TVector {each(j => $"m{j} = {end}.Maxima(ref maxima, {Offset(j)})")};");
        line("TVector factor;");
        for (int i = 0; i < rows; i++)
        {
            line($"factor = {end}.Factor(ref factors, {i});");
            for (int j = 0; j < vectors; j++)
            {
                line($"m{j} = {end}.Put(s{i}{j}, factor, m{j}, ref target, {Offset(j)});");
            }

            if (i < rows - 1)
            {
                line("target = ref Unsafe.Add(ref target, targetStride);");
            }
        }

        for (int j = 0; j < vectors; j++)
        {
            line($"{end}.Note(m{j}, ref maxima, {Offset(j)});");
        }

        line("}", 1);
        return text.ToString();
    }

    private static string Offset(int vector) => vector switch
    {
        0 => "0",
        1 => "TLanes.Count",
        _ => $"{vector} * TLanes.Count",
    };

    private static string Folder([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;
}
