namespace RnnSweep.Core.LinearAlgebra;

/// <summary>
/// The strongly connected components of the graph that has an edge i → j where A_ij ≠ 0 (Tarjan 1972). Ordered by them, A is block triangular, so its
/// eigenvalues are those of the diagonal blocks and its determinant is the product of theirs.
/// </summary>
internal static class StronglyConnectedComponents
{
    /// <summary>The components of an n × n matrix, each as the ascending indices of its rows.</summary>
    public static List<int[]> Of(Matrix a)
    {
        int n = a.Rows;
        var components = new List<int[]>();
        var order = new int[n];
        var low = new int[n];
        var nextColumn = new int[n];
        var onStack = new bool[n];
        var stack = new Stack<int>();
        var path = new Stack<int>();
        int visited = 0;
        for (int root = 0; root < n; root++)
        {
            if (order[root] == 0)
            {
                Enter(root);
            }

            // Depth first with an explicit stack, because a chain of a hundred thousand rows would overflow the thread's stack.
            while (path.TryPeek(out int i))
            {
                if (nextColumn[i] == n)
                {
                    Leave(i);
                    continue;
                }

                int j = nextColumn[i]++;
                if (a[i, j] == 0)
                {
                    continue;
                }

                if (order[j] == 0)
                {
                    Enter(j);
                }
                else if (onStack[j])
                {
                    low[i] = Math.Min(low[i], order[j]);
                }
            }
        }

        return components;

        void Enter(int i)
        {
            order[i] = low[i] = ++visited;
            onStack[i] = true;
            stack.Push(i);
            path.Push(i);
        }

        void Leave(int i)
        {
            path.Pop();
            if (path.TryPeek(out int parent))
            {
                low[parent] = Math.Min(low[parent], low[i]);
            }

            if (low[i] < order[i])
            {
                return;
            }

            var component = new List<int>();
            int member;
            do
            {
                member = stack.Pop();
                onStack[member] = false;
                component.Add(member);
            }
            while (member != i);
            component.Sort();
            components.Add([.. component]);
        }
    }
}
