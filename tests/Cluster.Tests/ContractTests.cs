using System.Collections.Immutable;
using System.Reflection;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Serialization;
using RnnSweep.Core.Experiments;
using RnnSweep.Grains;

namespace RnnSweep.Cluster.Tests;

public sealed class ContractTests
{
    private static readonly Serializer s_serializer =
        new ServiceCollection().AddSerializer().BuildServiceProvider().GetRequiredService<Serializer>();

    public static TheoryData<object> Messages() =>
    [
        new SweepSubmission("text", [new SubmittedMatrix(1, 2, [0.5, -1e-300])], 7),
        new SubmittedMatrix(2, 1, [double.Epsilon, double.MaxValue]),
        new ExperimentLease(7, [long.MaxValue, 2], "ab", [2], "00-1-2-01", true),
        new HeldLease(9, [3, 1]),
        new ExperimentReport(4, [new FailedReading("01", 2, "why")]),
        new FailedReading("02", 3, "because"),
        new SweepProgress(SweepState.Cancelled, 1, 2, 3, 4, 5.5, 6.25, 7.125, ["a", "b"], [new CellFailed(6, "because"), new CellFailed(7, "so")]) { Damage = "torn" },
        new CellFailed(8, "alas"),
    ];

    [Theory]
    [MemberData(nameof(Messages))]
    public void A_message_keeps_every_property_when_serialised(object message)
    {
        object back = s_serializer.Deserialize<object>(s_serializer.SerializeToArray(message))!;

        foreach (PropertyInfo property in message.GetType().GetProperties().Where(property => property.GetCustomAttribute<IdAttribute>() is not null))
        {
            object? sent = property.GetValue(message), received = property.GetValue(back);
            if (sent is System.Collections.IEnumerable and not string)
            {
                Assert.NotEmpty((System.Collections.IEnumerable)sent);
                Assert.Equal(((System.Collections.IEnumerable)sent).Cast<object>().Select(Text), ((System.Collections.IEnumerable)received!).Cast<object>().Select(Text));
            }
            else
            {
                // A property with its default value would compare equal even if it were lost.
                Assert.NotEqual(property.PropertyType.IsValueType ? Activator.CreateInstance(property.PropertyType) : null, sent);
                Assert.Equal(sent, received);
            }
        }
    }

    [Fact]
    public void Readings_that_were_sent_to_another_silo_throw()
    {
        ExperimentReadings? back = s_serializer.Deserialize<ExperimentReadings>(s_serializer.SerializeToArray(new ExperimentReadings([])));
        Assert.Throws<InvalidOperationException>(() => back!.Outcomes);
    }

    /// <summary>
    /// Silos and clients of two releases can exchange messages and read each other's stored ones. A message whose bytes change needs new ids, because existing
    /// ids must keep their meaning, and a new line in this file (RNNSWEEP_UPDATE_SNAPSHOTS=1 writes it).
    /// </summary>
    [Fact]
    public void Messages_have_the_bytes_of_earlier_releases()
    {
        string[] lines = [.. Messages().Cast<object[]>().Select(row => $"{row[0].GetType().Name} {Convert.ToHexStringLower(s_serializer.SerializeToArray(row[0]))}")];
        string file = Path.Combine(Folder(), "contract-bytes.txt");
        if (Environment.GetEnvironmentVariable("RNNSWEEP_UPDATE_SNAPSHOTS") == "1")
        {
            File.WriteAllLines(file, lines);
        }

        string[] kept = File.ReadAllLines(file);
        Assert.Equal(kept, lines);
        Assert.All(kept, line => Assert.Equal(line.Split(' ')[0], s_serializer.Deserialize<object>(Convert.FromHexString(line.Split(' ')[1]))?.GetType().Name));
    }

    private static string Folder([System.Runtime.CompilerServices.CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;

    // Records that contain arrays are equal if all their contents are.
    private static string Text(object value) => System.Text.Json.JsonSerializer.Serialize(value, value.GetType());

    [Fact]
    public void Every_message_is_tested_and_has_a_unique_alias()
    {
        Type[] messages = [.. typeof(ISweepGrain).Assembly.GetTypes().Where(type => type.GetCustomAttribute<GenerateSerializerAttribute>() is not null && !type.IsEnum && type.IsVisible && type != typeof(ExperimentReadings) && !type.Name.StartsWith("Invokable", StringComparison.Ordinal))];

        Assert.Equal(messages.Select(type => type.Name).Order(), Messages().Cast<object[]>().Select(row => row[0].GetType().Name).Order());
        ImmutableArray<string?> names = [.. messages.Select(type => type.GetCustomAttribute<AliasAttribute>()?.Alias)];
        Assert.DoesNotContain(null, names);
        Assert.Equal(names.Length, names.Distinct().Count());
    }
}
