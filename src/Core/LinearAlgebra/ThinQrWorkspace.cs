namespace RnnSweep.Core.LinearAlgebra;

/// <summary>The parts of the caller's workspace that a <see cref="ThinQr"/> uses.</summary>
internal readonly ref struct ThinQrWorkspace
{
    private readonly Span<double> _triangles;

    public ThinQrWorkspace(Span<double> memory, int rows, int columns)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(memory.Length, Length(rows, columns), nameof(memory));
        int width = Width(columns);
        Reflectors = Take(ref memory, rows * columns);
        _triangles = Take(ref memory, Panels(columns) * width * width);
        PanelByRows = Take(ref memory, rows * width);
        PanelBelow = Take(ref memory, rows * width);
        Image = Take(ref memory, width * columns);
        SmallImage = Take(ref memory, width * columns);
        Chunk = Take(ref memory, ThinQr.ChunkRows * columns);
        Gram = Take(ref memory, width * width);
        Scale = Take(ref memory, columns);
        Sign = Take(ref memory, columns);
        Tau = Take(ref memory, width);
        Diagonal = Take(ref memory, width);
    }

    /// <summary>Vᵀ of all panels, one after the other, with a reflector per row.</summary>
    public Span<double> Reflectors { get; }

    /// <summary>V of the current panel.</summary>
    public Span<double> PanelByRows { get; }

    /// <summary>Vᵀ of the current panel without the panel's own rows.</summary>
    public Span<double> PanelBelow { get; }

    public Span<double> Image { get; }

    public Span<double> SmallImage { get; }

    public Span<double> Chunk { get; }

    public Span<double> Gram { get; }

    public Span<double> Scale { get; }

    public Span<double> Sign { get; }

    public Span<double> Tau { get; }

    public Span<double> Diagonal { get; }

    public static int Length(int rows, int columns)
    {
        int width = Width(columns);
        return checked((rows * columns) + (Panels(columns) * width * width) + (2 * rows * width) + (2 * width * columns)
            + (ThinQr.ChunkRows * columns) + (width * width) + (2 * columns) + (2 * width));
    }

    /// <summary>T of the panel that starts at a column.</summary>
    public Span<double> Triangle(int first)
    {
        int width = Width(Scale.Length);
        return _triangles.Slice(first / ThinQr.PanelColumns * width * width, width * width);
    }

    private static int Width(int columns) => Math.Min(ThinQr.PanelColumns, columns);

    private static int Panels(int columns) => (columns + ThinQr.PanelColumns - 1) / ThinQr.PanelColumns;

    private static Span<double> Take(scoped ref Span<double> memory, int length)
    {
        Span<double> taken = memory[..length];
        memory = memory[length..];
        return taken;
    }
}
