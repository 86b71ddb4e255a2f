using System.Collections.Immutable;
using RnnSweep.Core.Results;

namespace RnnSweep.Core.Sweeps;

/// <summary>An axis whose values are listed.</summary>
public sealed class ListAxis : Axis
{
    /// <summary>Creates an axis of values of a field.</summary>
    /// <exception cref="ArgumentException">There is no value, or more than <see cref="Axis.MaximumCount"/>, or a value is repeated.</exception>
    public ListAxis(SweepField field, ImmutableArray<FieldValue> values)
        : base(field, values.Length)
    {
        if (values.Length is 0 or > (int)MaximumCount)
        {
            throw new ArgumentException($"an axis has 1 to {MaximumCount} values, but {values.Length} were given", nameof(values));
        }

        if (Repeated(values).Select(repeated => repeated.Message).FirstOrDefault() is { } message)
        {
            throw new ArgumentException(message, nameof(values));
        }

        Values = values;
    }

    /// <summary>The values.</summary>
    public ImmutableArray<FieldValue> Values { get; }

    /// <inheritdoc/>
    public override ColumnType Type => Field.Type.Content switch
    {
        FieldContent.Text when Values.All(IsWhole) => new(FieldContent.Whole),
        FieldContent.Real when Values.Any(value => value is MatrixValue) => new(FieldContent.Text),
        _ => Field.Type,
    };

    /// <summary>The values that repeat an earlier one, by index: the same cell twice, or two cells with indistinguishable names.</summary>
    public static IEnumerable<(int Index, string Message)> Repeated(IReadOnlyList<FieldValue> values)
    {
        var texts = new HashSet<string>(values.Count);
        var digests = new Dictionary<string, string>();
        for (int i = 0; i < values.Count; i++)
        {
            string text = Excerpt.Of(values[i].Text);
            if (values[i] is MatrixValue matrix)
            {
                if (!digests.TryAdd(matrix.Digest, text))
                {
                    yield return (i, digests[matrix.Digest] == text ? $"{text} is in the list twice" : $"{text} holds the same matrix as {digests[matrix.Digest]}");
                }
                else if (!texts.Add(matrix.Text))
                {
                    yield return (i, $"two matrices are called {text}, and would be indistinguishable in the results");
                }
            }
            else if (!texts.Add(values[i].Text))
            {
                yield return (i, $"{text} is in the list twice");
            }
        }
    }

    // A name such as 007 would not be read back as it stands.
    private static bool IsWhole(FieldValue value) => long.TryParse(value.Text, out long number) && $"{number}" == value.Text;

    private protected override FieldValue ValueAt(long index) => Values[(int)index];
}
