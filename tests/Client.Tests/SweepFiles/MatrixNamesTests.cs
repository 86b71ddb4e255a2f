using RnnSweep.Client.SweepFiles;
using RnnSweep.Core.Experiments;

namespace RnnSweep.Client.Tests.SweepFiles;

public sealed class MatrixNamesTests
{
    [Theory]
    [InlineData("w.npy", "w.npy")]
    [InlineData("=cmd|'/c calc'!A1.npy", "./=cmd|'/c calc'!A1.npy")]
    [InlineData("-1.npy", "./-1.npy")]
    [InlineData("+w.npy", "./+w.npy")]
    [InlineData("@w.npy", "./@w.npy")]
    public void Names_in_tables_are_no_formulas(string name, string shown)
    {
        Assert.Equal(shown, MatrixNames.InTables(name));
        Assert.Equal([$"a/{name}", $"b/{name}"], MatrixNames.Distinguish([$"/a/{name}", $"/b/{name}"], shown).Select(pair => pair.Value));
        Assert.Equal([$"./=a/{name}", $"b/{name}"], MatrixNames.Distinguish([$"/=a/{name}", $"/b/{name}"], shown).Select(pair => pair.Value));
    }

    [Theory]
    [InlineData("w.npy", "/a/w.npy", "w.npy")]
    [InlineData("w.npy", "/a/w.npy /b/w.npy", "a/w.npy b/w.npy")]
    [InlineData("w.npy", "/a/x/w.npy /b/x/w.npy /b/y/w.npy", "a/x/w.npy b/x/w.npy b/y/w.npy")]
    [InlineData("w.npy", "/w.npy /a/w.npy", "w.npy a/w.npy")]
    [InlineData("w.npy", "/a/w.npy /a/a/w.npy", "a/w.npy a/a/w.npy")]
    [InlineData("m.safetensors#x/y", "/r/a/m.safetensors#x/y /r/b/m.safetensors#x/y", "a/m.safetensors#x/y b/m.safetensors#x/y")]
    public void Names_have_as_many_folders_as_needed_to_be_distinct(string name, string paths, string names) =>
        Assert.Equal(names, string.Join(' ', MatrixNames.Distinguish(paths.Split(' '), name).Select(pair => pair.Value)));
}
