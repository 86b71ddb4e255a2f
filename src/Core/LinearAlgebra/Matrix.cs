namespace RnnSweep.Core.LinearAlgebra;

/// <summary>A dense matrix of doubles, stored row by row in one array.</summary>
public sealed class Matrix
{
    /// <summary>Wraps an array of rows·columns values, row by row; the array is not copied.</summary>
    public Matrix(int rows, int columns, double[] values)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(rows);
        ArgumentOutOfRangeException.ThrowIfNegative(columns);
        if (values.Length != (long)rows * columns)
        {
            throw new ArgumentException($"a {rows} × {columns} matrix has {(long)rows * columns} values, but {values.Length} were given", nameof(values));
        }

        (Rows, Columns, Values) = (rows, columns, values);
    }

    private Matrix(int rows, int columns, bool hasValues) => (Rows, Columns, Values, HasValues) = (rows, columns, [], hasValues);

    /// <summary>A matrix of which only the size is known. It has no values to compute with.</summary>
    public static Matrix OfSize(int rows, int columns) => new(rows, columns, hasValues: false);

    /// <summary>A matrix of zeros.</summary>
    public Matrix(int rows, int columns)
        : this(rows, columns, new double[checked(rows * columns)])
    {
    }

    /// <summary>The identity matrix of a size, times a factor.</summary>
    public static Matrix Identity(int size, double factor = 1)
    {
        var identity = new Matrix(size, size);
        for (int i = 0; i < size; i++)
        {
            identity[i, i] = factor;
        }

        return identity;
    }

    /// <summary>Number of rows.</summary>
    public int Rows { get; }

    /// <summary>Number of columns.</summary>
    public int Columns { get; }

    /// <summary>Whether its values are known; false after <see cref="OfSize"/> alone.</summary>
    public bool HasValues { get; } = true;

    /// <summary>The values, row by row; not a copy.</summary>
    public double[] Values { get; }

    /// <summary>The value in a row and a column, both from 0.</summary>
    public double this[int row, int column]
    {
        get => Values[(row * Columns) + column];
        set => Values[(row * Columns) + column] = value;
    }

    /// <summary>One row; not a copy.</summary>
    public Span<double> Row(int row) => Values.AsSpan(row * Columns, Columns);

    /// <summary>The transpose, a new matrix.</summary>
    public Matrix Transpose()
    {
        var result = new Matrix(Columns, Rows);
        Transposition.Copy(Values, Columns, result.Values, Rows, Rows, Columns);
        return result;
    }

    /// <summary>SHA-256 of the shape and the values, as lower-case hexadecimal digits: equal digests mean equal matrices.</summary>
    public string Digest()
    {
        using MatrixDigest digest = new(Rows, Columns);
        digest.Add(Values);
        return digest.Result();
    }
}
