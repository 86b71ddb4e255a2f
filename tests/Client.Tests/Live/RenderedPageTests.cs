using RnnSweep.Client.Live;

namespace RnnSweep.Client.Tests.Live;

public sealed class RenderedPageTests
{
    [Fact]
    public void It_is_rendered_once_per_change_and_not_for_every_reader()
    {
        int renders = 0;
        long version = 0;
        var page = new RenderedPage(() => [(byte)++renders], () => version);
        Assert.Equal(-1, page.Version);
        for (int i = 0; i < 1000; i++)
        {
            Assert.Equal([1], page.Bytes());
        }

        // An unchanged page is not rendered again, even for a reader that requests the latest one.
        Assert.Equal([1], page.Bytes(latest: true));
        version = 7;
        Assert.Equal([2], page.Bytes(latest: true));
        Assert.Equal(7, page.Version);
        Assert.Equal(2, renders);
    }

    [Fact]
    public void While_it_is_rendered_others_get_the_old_one()
    {
        long version = 0;
        using var inside = new ManualResetEventSlim();
        using var goOn = new ManualResetEventSlim(initialState: true);
        var page = new RenderedPage(
            () =>
            {
                inside.Set();
                goOn.Wait();
                return [(byte)version];
            },
            () => version);
        Assert.Equal([0], page.Bytes());
        inside.Reset();
        goOn.Reset();
        version = 1;
        byte[] latest = [];
        var renderer = new Thread(() => latest = page.Bytes(latest: true));
        renderer.Start();
        inside.Wait();
        Assert.Equal([0], page.Bytes());
        goOn.Set();
        renderer.Join();
        Assert.Equal([1], latest);
    }
}
