using System.Reflection;
using RnnSweep.Core.Experiments;

namespace RnnSweep.Core.Tests;

public sealed class LayerTests
{
    [Fact]
    public void Core_references_only_its_numerical_libraries()
    {
        string[] allowed = ["System.", "MathNet.Numerics"];

        Assert.All(
            typeof(CellSpec).Assembly.GetReferencedAssemblies().Select((AssemblyName name) => name.Name!),
            name => Assert.Contains(allowed, start => name.StartsWith(start, StringComparison.Ordinal)));
    }
}
