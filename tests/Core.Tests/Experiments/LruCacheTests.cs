using RnnSweep.Core.Experiments;

namespace RnnSweep.Core.Tests.Experiments;

public sealed class LruCacheTests
{
    [Fact]
    public void The_value_that_was_used_longest_ago_is_evicted_first()
    {
        LruCache<string, int> cache = WithValues("a", "b", "c");
        Assert.True(cache.TryGet("a", out _));
        cache.Add("d", 4, bytes: 1);
        Assert.False(cache.TryGet("b", out _));
        Assert.All(["a", "c", "d"], key => Assert.True(cache.TryGet(key, out _)));
    }

    [Fact]
    public void A_value_of_the_same_key_is_replaced_with_its_bytes()
    {
        LruCache<string, int> cache = WithValues("a", "b");
        cache.Add("a", 7, bytes: 2);
        Assert.True(cache.TryGet("a", out int value));
        Assert.Equal((7, 2, 3L), (value, cache.Count, cache.Bytes));
    }

    // Each of one byte, in a cache of three.
    private static LruCache<string, int> WithValues(params string[] keys)
    {
        var cache = new LruCache<string, int>(limit: 3);
        foreach (string key in keys)
        {
            cache.Add(key, 0, bytes: 1);
        }

        return cache;
    }
}
