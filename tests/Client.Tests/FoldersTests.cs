using System.Text.RegularExpressions;
using RnnSweep.Client.Tests.Commands;

namespace RnnSweep.Client.Tests;

/// <summary>The layers of the source, in an order in which each folder comes before the folders that it may use.</summary>
public sealed partial class FoldersTests
{
    [Theory]
    [InlineData("Core", "Sweeps Results Experiments Statistics Jacobians Networks LinearAlgebra Randomness ElementaryFunctions")]
    [InlineData("Client", "Commands Runs Engines Live Reports Results SweepFiles Terminal")]
    public void A_folder_uses_only_folders_below_it(string project, string folders)
    {
        string[] order = folders.Split(' ');
        string root = Path.Combine(SourceTree.Root, "src", project);
        Assert.Equal(order.Order(), Directory.GetDirectories(root).Select(folder => Path.GetFileName(folder)).Where(name => name is not ("obj" or "bin")).Order());

        var mentioned = new HashSet<string>();
        List<string> wrong = [];
        foreach (string folder in order)
        {
            foreach (string file in Directory.EnumerateFiles(Path.Combine(root, folder), "*.cs", SearchOption.AllDirectories))
            {
                string source = File.ReadAllText(file), shown = Path.GetRelativePath(root, file);
                if (!Regex.IsMatch(source, $@"\bnamespace RnnSweep\.{project}\.{folder}[.;]"))
                {
                    wrong.Add($"{shown} has the namespace of another folder");
                }

                foreach (string used in Using().Matches(source).Where(use => use.Groups[1].Value == project).Select(use => use.Groups[2].Value).Distinct())
                {
                    mentioned.Add(used);
                    if (Array.IndexOf(order, used) < Array.IndexOf(order, folder))
                    {
                        wrong.Add($"{shown} uses {used}, which is above it");
                    }
                }
            }
        }

        Assert.Empty(wrong);
        Assert.InRange(mentioned.Count, order.Length - 2, order.Length); // this ensures that files were read
    }

    [GeneratedRegex(@"\busing (?:static |\w+ = )?RnnSweep\.(\w+)\.(\w+)")]
    private static partial Regex Using();
}
