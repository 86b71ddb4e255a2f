using RnnSweep.Core.LinearAlgebra;
using RnnSweep.Core.Randomness;

namespace RnnSweep.Core.Tests.LinearAlgebra;

public sealed class StronglyConnectedComponentsTests
{
    // Two rows belong to one component if each can be reached from the other (Warshall's transitive closure).
    [Fact]
    public void Components_are_the_classes_of_mutual_reachability()
    {
        for (ulong seed = 0; seed < 200; seed++)
        {
            var stream = new Philox(seed, 5);
            int n = 1 + (int)(stream.NextUniform() * 12);
            double density = 2.5 * stream.NextUniform() / n;
            var a = new Matrix(n, n);
            foreach (ref double value in a.Values.AsSpan())
            {
                value = stream.NextUniform() < density ? stream.NextNormal() : 0;
            }

            bool[,] reaches = Reachability(a);
            List<int[]> components = StronglyConnectedComponents.Of(a);

            Assert.Equal(Enumerable.Range(0, n), components.SelectMany(c => c).Order());
            int[] componentOf = new int[n];
            for (int c = 0; c < components.Count; c++)
            {
                Assert.Equal(components[c].Order(), components[c]);
                Array.ForEach(components[c], i => componentOf[i] = c);
            }

            for (int i = 0; i < n; i++)
            {
                for (int j = 0; j < n; j++)
                {
                    Assert.Equal(i == j || (reaches[i, j] && reaches[j, i]), componentOf[i] == componentOf[j]);
                }
            }
        }
    }

    [Fact]
    public void A_chain_of_thousands_does_not_overflow_the_stack()
    {
        const int N = 3000;
        var a = new Matrix(N, N);
        for (int i = 0; i + 1 < N; i++)
        {
            a[i, i + 1] = 1;
        }

        Assert.Equal(N, StronglyConnectedComponents.Of(a).Count);
        a[N - 1, 0] = 1;
        Assert.Equal(N, Assert.Single(StronglyConnectedComponents.Of(a)).Length);
    }

    private static bool[,] Reachability(Matrix a)
    {
        int n = a.Rows;
        var reaches = new bool[n, n];
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < n; j++)
            {
                reaches[i, j] = a[i, j] != 0;
            }
        }

        for (int k = 0; k < n; k++)
        {
            for (int i = 0; i < n; i++)
            {
                for (int j = 0; j < n; j++)
                {
                    reaches[i, j] |= reaches[i, k] && reaches[k, j];
                }
            }
        }

        return reaches;
    }
}
