using Microsoft.Win32.SafeHandles;

namespace ParallelDag.Cli;

/// <summary>The reader of standard output has gone away.</summary>
internal sealed class ClosedPipeException(IOException inner) : Exception("the output pipe is closed", inner);

/// <summary>
/// Standard output as a stream that tells when its reader has gone. (The stream of <see cref="Console"/> swallows that,
/// and a long export would go on for nobody.)
/// </summary>
internal sealed class StandardOutput(Stream inner) : Stream
{
    /// <summary>Opens standard output.</summary>
    public static Stream Open()
    {
        if (OperatingSystem.IsWindows() || !Console.IsOutputRedirected)
            return Console.OpenStandardOutput();
        var pipe = new FileStream(new SafeFileHandle(1, ownsHandle: false), FileAccess.Write, bufferSize: 0);

        // A file that others write to as well (>> log) has one shared position, which only the console's stream respects.
        return pipe.CanSeek ? Console.OpenStandardOutput() : new StandardOutput(pipe);
    }

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        try
        {
            inner.Write(buffer);
        }
        catch (IOException fault)
        {
            throw new ClosedPipeException(fault);
        }
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
