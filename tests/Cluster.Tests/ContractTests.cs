using System.Collections.Immutable;
using System.Reflection;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Serialization;
using RnnSweep.Grains;

namespace RnnSweep.Cluster.Tests;

public sealed class ContractTests
{
    private static readonly Serializer s_serializer =
        new ServiceCollection().AddSerializer().BuildServiceProvider().GetRequiredService<Serializer>();

    public static TheoryData<object> Messages() =>
    [
        new CellLease(7, [new CellInLease(long.MaxValue, "ab", true), new CellInLease(2, "cd", false)]),
        new CellInLease(1, "ef", true),
        new CellWork("sweep", 3, true),
        new CellReport(4, "01", "why"),
        new SweepStatus(1, 2, 3, 4, true, 5.5, [new CellReport(6, "23", "because"), new CellReport(7, "45", null)]),
    ];

    [Theory]
    [MemberData(nameof(Messages))]
    public void A_message_comes_through_with_every_property(object message)
    {
        object back = s_serializer.Deserialize<object>(s_serializer.SerializeToArray(message))!;

        foreach (PropertyInfo property in message.GetType().GetProperties())
        {
            object? sent = property.GetValue(message), received = property.GetValue(back);
            if (sent is System.Collections.IEnumerable and not string)
            {
                Assert.NotEmpty((System.Collections.IEnumerable)sent);
                Assert.Equal(((System.Collections.IEnumerable)sent).Cast<object>(), ((System.Collections.IEnumerable)received!).Cast<object>());
            }
            else
            {
                // A property that is not filled would come through whatever became of it.
                Assert.NotEqual(property.PropertyType.IsValueType ? Activator.CreateInstance(property.PropertyType) : null, sent);
                Assert.Equal(sent, received);
            }
        }
    }

    [Fact]
    public void Every_message_is_tested_and_has_a_name_of_its_own()
    {
        Type[] messages = [.. typeof(ISweepGrain).Assembly.GetTypes().Where(type => type.GetCustomAttribute<GenerateSerializerAttribute>() is not null)];

        Assert.Equal(messages.Select(type => type.Name).Order(), Messages().Cast<object[]>().Select(row => row[0].GetType().Name).Order());
        ImmutableArray<string?> names = [.. messages.Select(type => type.GetCustomAttribute<AliasAttribute>()?.Alias)];
        Assert.DoesNotContain(null, names);
        Assert.Equal(names.Length, names.Distinct().Count());
    }
}
