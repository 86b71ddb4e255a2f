using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;
using Orleans.Configuration;
using RnnSweep.Core.Sweeps;

namespace RnnSweep.Silo.Connections;

/// <summary>
/// Closes connections to a silo's ports that do not begin with Orleans' preamble in time, and those whose peer does not read what is sent to it. Orleans would
/// wait for both for ever.
/// </summary>
/// <param name="limits">The times.</param>
/// <param name="refusals">Receives the connections that are closed.</param>
internal sealed class ConnectionGuard(ConnectionLimits limits, RefusalLog refusals)
{
    // Orleans' preamble: its length in four bytes, little-endian, then at most so many bytes.
    private const int LengthBytes = sizeof(int), MostPreambleBytes = 1024;

    private const int MostReasonCharacters = 300;

    /// <summary>Limits a silo's connections.</summary>
    /// <param name="silo">The silo. TLS must have been added before, so that it is outside.</param>
    /// <param name="limits">The limits.</param>
    /// <param name="refusals">Receives the connections that are closed.</param>
    public static void AddTo(ISiloBuilder silo, ConnectionLimits limits, RefusalLog refusals)
    {
        var guard = new ConnectionGuard(limits, refusals);
        silo.Services.ReplaceListeners(new BoundedListeners(limits.MostConnections, refusals));
        silo.Configure<SiloConnectionOptions>(options =>
        {
            options.ConfigureSiloInboundConnection(connection => connection.Use(guard.Before));
            options.ConfigureGatewayInboundConnection(connection => connection.Use(guard.Before));
        });
    }

    private ConnectionDelegate Before(ConnectionDelegate next) => async connection =>
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(connection.ConnectionClosed);
        timeout.CancelAfter(limits.HandshakeTime);
        try
        {
            if (!await HasPreamble(connection.Transport.Input, timeout.Token))
            {
                return; // the peer has closed the connection
            }
        }
        catch (OperationCanceledException)
        {
            if (!connection.ConnectionClosed.IsCancellationRequested)
            {
                refusals.Add(RefusalKind.Silent, $"{connection.RemoteEndPoint} did not begin Orleans' protocol within {limits.HandshakeTime.TotalSeconds} s");
            }

            return;
        }
        catch (InvalidDataException error)
        {
            refusals.Add(RefusalKind.Protocol, $"{connection.RemoteEndPoint} {error.Message}");
            return;
        }

        IDuplexPipe transport = connection.Transport;
        connection.Transport = new Pipe(transport.Input, new TimedWriter(transport.Output, limits.ReadTime, () =>
        {
            refusals.Add(RefusalKind.Unread, $"{connection.RemoteEndPoint} has not read for {limits.ReadTime.TotalSeconds} s what was sent to it");
            connection.Abort();
        }));
        try
        {
            await next(connection);
        }
        catch (Exception error) when (!connection.ConnectionClosed.IsCancellationRequested)
        {
            // Orleans does not take the preamble.
            refusals.Add(RefusalKind.Protocol, $"{connection.RemoteEndPoint}: {Excerpt.Of(error.Message, MostReasonCharacters)}");
            throw;
        }
    };

    // Waits until a whole preamble has come, and consumes nothing. False where the connection ends before.
    private static async Task<bool> HasPreamble(PipeReader input, CancellationToken timeout)
    {
        while (true)
        {
            ReadResult read = await input.ReadAsync(timeout);
            ReadOnlySequence<byte> bytes = read.Buffer;
            bool isWhole;
            try
            {
                isWhole = IsWhole(bytes);
            }
            catch
            {
                input.AdvanceTo(bytes.Start);
                throw;
            }

            input.AdvanceTo(bytes.Start, isWhole ? bytes.Start : bytes.End);
            if (isWhole || read.IsCompleted || read.IsCanceled)
            {
                return isWhole;
            }
        }
    }

    private static bool IsWhole(ReadOnlySequence<byte> bytes)
    {
        if (bytes.Length < LengthBytes)
        {
            return false;
        }

        Span<byte> start = stackalloc byte[LengthBytes];
        bytes.Slice(0, LengthBytes).CopyTo(start);
        int length = BinaryPrimitives.ReadInt32LittleEndian(start);
        return length is > 0 and <= MostPreambleBytes
            ? bytes.Length >= LengthBytes + length
            : throw new InvalidDataException($"does not speak Orleans' protocol: it began with the bytes {Convert.ToHexStringLower(start)}");
    }

    private sealed record Pipe(PipeReader Input, PipeWriter Output) : IDuplexPipe;

    /// <summary>A writer that calls back when a flush takes too long, which means that the peer does not read.</summary>
    private sealed class TimedWriter(PipeWriter inner, TimeSpan limit, Action onUnread) : PipeWriter
    {
        public override bool CanGetUnflushedBytes => inner.CanGetUnflushedBytes;

        public override long UnflushedBytes => inner.UnflushedBytes;

        public override void Advance(int bytes) => inner.Advance(bytes);

        public override Memory<byte> GetMemory(int sizeHint = 0) => inner.GetMemory(sizeHint);

        public override Span<byte> GetSpan(int sizeHint = 0) => inner.GetSpan(sizeHint);

        public override void CancelPendingFlush() => inner.CancelPendingFlush();

        public override void Complete(Exception? exception = null) => inner.Complete(exception);

        public override ValueTask CompleteAsync(Exception? exception = null) => inner.CompleteAsync(exception);

        public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
        {
            ValueTask<FlushResult> flush = inner.FlushAsync(cancellationToken);
            return flush.IsCompleted ? flush : new ValueTask<FlushResult>(Wait(flush.AsTask()));
        }

        private async Task<FlushResult> Wait(Task<FlushResult> flush)
        {
            await ((Task)flush).WaitAsync(limit).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!flush.IsCompleted)
            {
                onUnread();
            }

            return await flush;
        }
    }
}
