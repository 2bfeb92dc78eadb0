using System.Buffers.Text;
using System.Text;

namespace ParallelDag.Writers;

/// <summary>
/// Text on its way into a stream as UTF-8 without a byte order mark, through one fixed buffer. Lone surrogates become U+FFFD.
/// </summary>
internal sealed class Utf8Sink(Stream output)
{
    private const int BufferSize = 1 << 16;

    private readonly byte[] _buffer = new byte[BufferSize];
    private int _length;

    /// <summary>Writes bytes that are UTF-8 already.</summary>
    public void Bytes(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > BufferSize - _length)
        {
            Flush();
            if (bytes.Length > BufferSize)
            {
                output.Write(bytes);
                return;
            }
        }

        bytes.CopyTo(_buffer.AsSpan(_length));
        _length += bytes.Length;
    }

    /// <summary>Writes text as it stands.</summary>
    public void Text(ReadOnlySpan<char> text)
    {
        const int LongestPiece = BufferSize / 3; // A UTF-16 unit takes three bytes at most.
        while (text.Length > LongestPiece)
        {
            // A surrogate pair stays in one piece.
            int piece = char.IsHighSurrogate(text[LongestPiece - 1]) ? LongestPiece - 1 : LongestPiece;
            Text(text[..piece]);
            text = text[piece..];
        }

        if (3 * text.Length > BufferSize - _length)
            Flush();
        _length += Encoding.UTF8.GetBytes(text, _buffer.AsSpan(_length));
    }

    /// <summary>Writes an integer in plain digits.</summary>
    public void Number(long number)
    {
        const int LongestNumber = 20;
        if (LongestNumber > BufferSize - _length)
            Flush();
        Utf8Formatter.TryFormat(number, _buffer.AsSpan(_length), out int written);
        _length += written;
    }

    /// <summary>Hands what is buffered to the stream.</summary>
    public void Flush()
    {
        output.Write(_buffer.AsSpan(0, _length));
        _length = 0;
    }
}
