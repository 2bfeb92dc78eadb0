namespace ParallelDag.Files;

/// <summary>A stream for writing that ends a writer which knows no cancellation: after a stop, the next block throws.</summary>
internal sealed class CancellableStream(Stream inner, string? temporary, CancellationToken cancellation) : Stream
{
    /// <summary>The temporary file behind it; null for a device.</summary>
    public string? Temporary => temporary;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => inner.Length;

    public override long Position
    {
        get => inner.Position;
        set => throw new NotSupportedException();
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        // Disposing a text writer flushes its last block: what is thrown away anyway need not be written.
        cancellation.ThrowIfCancellationRequested();
        inner.Write(buffer);
    }

    public override void Flush() => inner.Flush();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            inner.Dispose();
        base.Dispose(disposing);
    }
}
