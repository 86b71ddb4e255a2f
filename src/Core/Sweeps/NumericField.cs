using System.Diagnostics.CodeAnalysis;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.LinearAlgebra;

namespace RnnSweep.Core.Sweeps;

/// <summary>A field that holds a number and can therefore hold a range.</summary>
public abstract class NumericField : SweepField
{
    private protected NumericField(string name, FieldKind kind, string fallback, string description, FieldEffects effects)
        : base(name, kind, fallback, description, effects)
    {
    }

    internal bool IsWhole => Kind is not FieldKind.RealNumber;

    /// <summary>Reads a number in canonical form; false with a problem where it is not allowed.</summary>
    internal bool TryReadNumber(string text, out Numeral number, [NotNullWhen(false)] out string? problem)
    {
        bool isNumber = Numeral.TryRead(text, out number);
        problem = isNumber && Admit(ref number) ? null : Refuse(text);
        return problem is null;
    }

    /// <summary>The canonical text of a number, allowed or not.</summary>
    internal string TextOf(Numeral number) =>
        IsWhole && number.Exact is { } exact
            ? exact.ToString("0.#############################")
            : CanonicalText.Of(number.Value);

    internal abstract FieldValue Of(Numeral number);

    private protected sealed override FieldValue? Read(string text) => Numeral.TryRead(text, out Numeral number) && Admit(ref number) ? Of(number) : null;

    private protected abstract bool Admit(ref Numeral number);
}

/// <summary>A field that holds a whole number from 0 on.</summary>
internal sealed class WholeField(
    string name,
    ulong least,
    ulong most,
    string fallback,
    string description,
    FieldEffects effects,
    Func<CellSpec, ulong> get,
    Func<CellSpec, ulong, CellSpec> set)
    : NumericField(name, most > int.MaxValue ? FieldKind.Word : FieldKind.WholeNumber, fallback, description, effects)
{
    public override string Allowed => $"a whole number from {least} to {most}";

    public override string Text(CellSpec spec) => get(spec).ToString();

    public override long? Whole(CellSpec spec) => get(spec) is <= long.MaxValue and var value ? (long)value : null;

    internal override CellSpec Set(CellSpec spec, FieldValue value) => set(spec, value.Whole);

    internal override FieldValue Of(Numeral number)
    {
        var value = (ulong)number.Exact!.Value;
        return new FieldValue(this, value.ToString(), value, value);
    }

    private protected override bool Admit(ref Numeral number) =>
        number.Exact is { } exact && decimal.IsInteger(exact) && exact >= least && exact <= most;
}

/// <summary>The limits of a real field, as text after "a finite number" and as a test.</summary>
internal sealed record RealLimits(string Text, Func<double, bool> Admit);

/// <summary>A field that holds a finite number within limits.</summary>
internal class RealField(
    string name,
    RealLimits limits,
    string fallback,
    string description,
    FieldEffects effects,
    Func<CellSpec, double> get,
    Func<CellSpec, double, CellSpec> set)
    : NumericField(name, FieldKind.RealNumber, fallback, description, effects)
{
    public override string Allowed => "a finite number" + limits.Text;

    public override string Text(CellSpec spec) => CanonicalText.Of(get(spec));

    public override double Real(CellSpec spec) => get(spec);

    internal override CellSpec Set(CellSpec spec, FieldValue value) => set(spec, value.Number);

    internal override FieldValue Of(Numeral number)
    {
        double value = number.Value == 0 ? 0 : number.Value; // -0 is 0
        return new FieldValue(this, CanonicalText.Of(value), value);
    }

    private protected override bool Admit(ref Numeral number)
    {
        if (!double.IsFinite(number.Value) || !limits.Admit(number.Value))
        {
            return false;
        }

        // Uses the canonical text, so that a range has the same values after it is written and read back.
        number = Numeral.Of(number.Value);
        return true;
    }
}

/// <summary>The constant part of the initial state, or a matrix with initial states.</summary>
internal sealed class InitialStateField(RealLimits limits) : RealField(
    "initial_state",
    limits,
    "0",
    "constant part of the initial state, or an array of it: h0.npy, with a row for each replicate or one for all",
    FieldEffects.Readings,
    spec => spec.InitialStateDigest is null ? spec.InitialState : double.NaN,
    (spec, value) => spec with { InitialState = value, InitialStateDigest = null })
{
    public override string Allowed => base.Allowed + ", or a path ending in .npy or .safetensors#tensor";

    public override bool IsPath(string text) => MatrixPath.Is(text);

    public override string Text(CellSpec spec) => spec.InitialStateDigest ?? base.Text(spec);

    internal override CellSpec Set(CellSpec spec, FieldValue value) =>
        value is MatrixValue matrix ? spec with { InitialState = 0, InitialStateDigest = matrix.Digest } : base.Set(spec, value);

    private protected override string? Refuse(string name, Matrix matrix) => null;
}
