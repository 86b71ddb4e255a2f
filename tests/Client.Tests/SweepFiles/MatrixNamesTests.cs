using RnnSweep.Client.SweepFiles;
using RnnSweep.Core.Experiments;

namespace RnnSweep.Client.Tests.SweepFiles;

public sealed class MatrixNamesTests
{
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
