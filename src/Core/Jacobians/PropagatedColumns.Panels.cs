using RnnSweep.Core.LinearAlgebra;
using RnnSweep.Core.Networks;
using RnnSweep.Core.Networks.Activations;

namespace RnnSweep.Core.Jacobians;

/// <summary>Columns that are exchanged and factored in the layout of the panels.</summary>
internal sealed partial class PropagatedColumns
{
    /// <summary>Replaces the columns by others in panels of the same shape, without exponents. Allocates nothing.</summary>
    /// <param name="panels">N × k, in panels, with a largest magnitude near 1 in each column.</param>
    /// <param name="maxima">The largest magnitude of each column, padded.</param>
    /// <param name="hasPendingFactor">Whether a factor of the last Jacobian is still to be applied.</param>
    public void LoadPanels(ReadOnlySpan<double> panels, ReadOnlySpan<double> maxima, bool hasPendingFactor)
    {
        _panels.HasPendingFactor = hasPendingFactor;
        _exponents.AsSpan().Clear();
        _panels.Load(panels, maxima);
        Rescale();
    }

    /// <summary><see cref="LoadPanels"/> and the first step, without a copy of the panels where the Jacobian does not need one.</summary>
    /// <param name="panels">As above. The content stays the same, the array may be another.</param>
    /// <param name="maxima">As above.</param>
    /// <param name="hasPendingFactor">As above.</param>
    /// <param name="slopes">Slopes of the step.</param>
    public void Advance(ref double[] panels, ReadOnlySpan<double> maxima, bool hasPendingFactor, ReadOnlySpan<double> slopes)
    {
        if (!_jacobian.KeepsOperand(hasPendingFactor))
        {
            LoadPanels(panels, maxima, hasPendingFactor);
            Advance(slopes, 0);
            return;
        }

        _panels.HasPendingFactor = hasPendingFactor;
        _exponents.AsSpan().Clear();
        _panels.ExchangeValues(ref panels);
        _jacobian.Apply(slopes, _panels);
        _panels.ExchangeSpare(ref panels);
        Rescale();
    }

    /// <summary>
    /// Advances a state and, where its network can do that in one pass over the weights, these columns; returns whether they were advanced (<see cref="INetwork.AdvanceWith"/>).
    /// </summary>
    public bool AdvanceWith(INetwork network, Span<double> state, ReadOnlySpan<double> drive, Span<double> slopes, Span<double> scratch, out Slopes step)
    {
        if (!network.AdvanceWith(_panels, state, drive, slopes, scratch, out step))
        {
            return false;
        }

        AddExponent(step.Exponent);
        Rescale();
        return true;
    }

    /// <summary>Applies a pending factor.</summary>
    public void Complete()
    {
        if (!_panels.HasPendingFactor)
        {
            return;
        }

        _jacobian.Complete(_panels);
        _panels.Swap();
        _panels.HasPendingFactor = false;
        _panels.NoteMaxima();
        Rescale();
    }

    /// <summary>
    /// Writes R of M = Q·R without changing M, by <see cref="CholeskyQr"/>; false where columns are too nearly dependent. No factor may be pending. Allocates only pooled memory.
    /// </summary>
    /// <param name="r">R, k × k, row by row, without the columns' exponents.</param>
    public bool TryTriangularise(Span<double> r) => CholeskyQr.TryTriangularise(_panels.Kernel, _panels.Values, r, HiddenSize, Count);

    /// <summary>Writes Q = M·R⁻¹ to columns of the same shape. Allocates only pooled memory.</summary>
    /// <param name="r">R, from <see cref="TryTriangularise"/>.</param>
    /// <param name="q">Q.</param>
    public void Orthonormalise(ReadOnlySpan<double> r, ColumnPanels q)
    {
        CholeskyQr.Orthonormalise(_panels.Kernel, _panels.Values, r, q.Values, HiddenSize, Count);
        q.NoteMaxima();
    }

    /// <summary>Writes R of M = Q·R, and Q to the spare memory of columns of the same shape, without changing M, by <see cref="GramSchmidt"/>; false where columns are nearly dependent.</summary>
    /// <param name="r">R, k × k, row by row, without the columns' exponents.</param>
    /// <param name="q">Receives Q.</param>
    public bool TryFactor(Span<double> r, ColumnPanels q)
    {
        using PooledSpan maxima = new(q.Maxima.Length);
        _panels.Values.CopyTo(q.Spare, 0);
        return GramSchmidt.Factor(_panels.Kernel, q.Spare, r, HiddenSize, Count, maxima.Values, out _);
    }

    /// <summary>The number of rows of M that are not exactly 0.</summary>
    public int CountNonZeroRows() => _panels.CountNonZeroRows();

    /// <summary>
    /// Replaces M = Q·R by Q, by <see cref="GramSchmidt"/>; false where columns are nearly dependent, and M is destroyed. Allocates only pooled memory.
    /// </summary>
    /// <param name="other">Columns to factor in place of M, N × k, row by row; empty to factor M.</param>
    /// <param name="r">R, k × k, row by row.</param>
    /// <param name="maxima">The largest magnitude of each column of Q, padded.</param>
    /// <param name="holdsSmallNumbers">Whether Q holds numbers that <see cref="SmallNumbers"/> detects.</param>
    public bool Factor(ReadOnlySpan<double> other, Span<double> r, Span<double> maxima, out bool holdsSmallNumbers)
    {
        if (!other.IsEmpty)
        {
            _panels.Kernel.PackRight(other, HiddenSize, Count, _panels.Height, _panels.Values);
        }

        return GramSchmidt.Factor(_panels.Kernel, _panels.Values, r, HiddenSize, Count, maxima, out holdsSmallNumbers);
    }

    /// <summary>Exchanges Q, which <see cref="Factor"/> has left, and panels of the same shape.</summary>
    public void TakeFactor(ref double[] panels) => _panels.ExchangeValues(ref panels);
}
