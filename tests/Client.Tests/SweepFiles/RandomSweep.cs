using FsCheck;
using FsCheck.Fluent;

namespace RnnSweep.Client.Tests.SweepFiles;

/// <summary>Valid sweep files: any fields in any order, each in any of its notations.</summary>
internal static class RandomSweep
{
    private static readonly string[][] Lines =
    [
        ["name: a", "name: \"null\"", "name: 1e5"],
        ["description: 'a \"quoted\" text: with # and {braces}, ö'", "description: >-\n  several\n  lines: of text", "description: \"null\""],
        ["label: { spectral_radius: g, bias: 'σ_b²: \"b\"' }", "label: {seed: ρ}"],
        ["hidden_size: 5", "hidden_size: [3, 2]", "hidden_size: {from: 2, to: 8, count: 3, scale: log}"],
        ["activation: relu", "activation: [erf, tanh]"],
        ["state: post-activation", "state: [post-activation, pre-activation]"],
        ["weights: sparse\ndensity: 0.50", "weights: [orthogonal, 'identity']", "weights: [gaussian, sparse]\ndensity: [0.3, 1]", "density: 0.10"],
        ["scaling: expected"],
        ["spectral_radius: 5e-1", "spectral_radius: {from: 0.1, to: 0.5, step: 0.1}", "spectral_radius: {step: 3e-31, to: 9e-31, from: 0}"],
        ["sequence_length: [30, 10, 20]", "sequence_length:\n  from: 1\n  to: 10\n  step: 4", "sequence_length:\n- 5\n- 1e1", "sequence_length: 30..1/4", "sequence_length: {from: 100, to: 1, count: 3, scale: log}"],
        ["input_scale: {from: 0.001, to: 1e3, count: 4, scale: log}", "input_scale: .3\ninput_size: 3", "input_scale: log:1e3..1e-3/4\ninput_size: [2, 4]"],
        ["bias: -0", "bias: {from: -1e300, to: 1e300, count: 3}", "bias: [-1e-300, 1]", "bias: 1..-1:-.3", "bias: \"0..3e-31:1e-31\"", "bias: {from: 1e300, to: -1e300, step: -3e299}"],
        ["initial_state: 1e22", "initial_state: 123456789.123456789"],
        ["transient: 1.0e1", "transient: {from: 0, to: 100, locate: outcome = exploding, to_within: 2.0}"],
        ["seed: 18446744073709551615", "seed: {from: 18446744073709551610, to: 18446744073709551615, step: 2}"],
        ["threshold: 0"],
        ["statistics: [norms]", "statistics: norms", "statistics: [lags, norms]\nlags: {count: 07}", "statistics: [spectrum, lags]\nframe_transient: [0, 5]\nlags: all"],
    ];

    public static Arbitrary<string> Texts() =>
        (from chosen in Gen.CollectToArray(Lines.Select(ways => Gen.Elements(ways)))
         from few in Gen.SubListOf(chosen)
         from order in Gen.Shuffle(few.Take(10).Append("replicates: 2").ToArray())
         select string.Join('\n', order)).ToArbitrary();
}
