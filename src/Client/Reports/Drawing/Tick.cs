namespace RnnSweep.Client.Reports.Drawing;

/// <summary>A position on a scale with its label. Of labels that would touch, the one of the lower rank is kept.</summary>
internal sealed record Tick(double Value, string Label, int Rank = 0);
