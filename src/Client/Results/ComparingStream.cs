namespace RnnSweep.Client.Results;

/// <summary>Compares the bytes written to it with a file, and keeps the line of the first difference.</summary>
internal sealed class ComparingStream(Stream file) : ForwardStream
{
    private long _lines;

    /// <summary>The first line, from 1, that differs; null while none does.</summary>
    public long? DifferentLine { get; private set; }

    /// <summary>To be called after the last write; bytes that the file still has are a difference.</summary>
    public void Finish()
    {
        if (DifferentLine is null && file.ReadByte() >= 0)
        {
            DifferentLine = _lines + 1;
        }
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        Span<byte> found = stackalloc byte[4096];
        while (buffer.Length > 0 && DifferentLine is null)
        {
            ReadOnlySpan<byte> expected = buffer[..Math.Min(buffer.Length, found.Length)];
            int read = file.ReadAtLeast(found[..expected.Length], expected.Length, throwOnEndOfStream: false);
            int same = expected.CommonPrefixLength(found[..read]);
            _lines += expected[..same].Count((byte)'\n');
            if (same < expected.Length)
            {
                DifferentLine = _lines + 1;
            }

            buffer = buffer[expected.Length..];
        }
    }
}
