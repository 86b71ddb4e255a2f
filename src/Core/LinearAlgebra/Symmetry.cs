namespace RnnSweep.Core.LinearAlgebra;

/// <summary>Whether a square matrix equals its transpose, or the negative of it, to the bit. Either way it is normal.</summary>
internal static class Symmetry
{
    /// <summary>A = Aᵀ.</summary>
    public static bool IsSymmetric(Matrix a) => Holds(a, 1);

    /// <summary>A = −Aᵀ.</summary>
    public static bool IsAntisymmetric(Matrix a) => Holds(a, -1);

    private static bool Holds(Matrix a, int sign)
    {
        for (int i = 0; i < a.Rows; i++)
        {
            for (int j = 0; j <= i; j++)
            {
                if (a[i, j] != sign * a[j, i])
                {
                    return false;
                }
            }
        }

        return true;
    }
}
