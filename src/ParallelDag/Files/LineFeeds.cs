namespace ParallelDag.Files;

/// <summary>
/// Hands bytes on without carriage returns, which a JSON writer puts at the ends of lines on some systems and never within a text. Leaves
/// the stream behind it open.
/// </summary>
internal sealed class LineFeeds(Stream output) : Stream
{
    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        for (int end = buffer.IndexOf((byte)'\r'); end >= 0; end = buffer.IndexOf((byte)'\r'))
        {
            output.Write(buffer[..end]);
            buffer = buffer[(end + 1)..];
        }

        output.Write(buffer);
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Flush() => output.Flush();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
