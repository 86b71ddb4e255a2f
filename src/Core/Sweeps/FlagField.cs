using RnnSweep.Core.Experiments;

namespace RnnSweep.Core.Sweeps;

/// <summary>A field that is true or false.</summary>
internal sealed class FlagField(string name, string description, FieldEffects effects, Func<CellSpec, bool> get, Func<CellSpec, bool, CellSpec> set)
    : SweepField(name, FieldKind.Choice, NameOf(get(new CellSpec())), description, effects)
{
    public override string Allowed => "true or false";

    public override IEnumerable<string> Choices => ["true", "false"];

    public override string? Text(CellSpec spec) => NameOf(get(spec));

    internal override CellSpec Set(CellSpec spec, FieldValue value) => set(spec, value.Text == NameOf(true));

    private protected override FieldValue? Read(string text) => Choices.Contains(text) ? new FieldValue(this, text) : null;

    private static string NameOf(bool value) => value ? "true" : "false";
}
