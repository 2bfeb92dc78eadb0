using System.Text;

namespace ParallelDag.Chakra.Wire;

/// <summary>
/// The wire format of Protocol Buffers, as far as a trace needs it ("Encoding", protobuf.dev): a field is a varint tag
/// <c>number &lt;&lt; 3 | type</c> and a varint (type 0) or a length and as many bytes (type 2). Grows, and is used again for every
/// message.
/// </summary>
internal sealed class ProtobufBuffer
{
    private const int VarintType = 0, BytesType = 2, LongestVarint = 10;

    private byte[] _bytes = new byte[256];
    private int _length;

    /// <summary>What was written.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes.AsSpan(0, _length);

    /// <summary>Starts anew.</summary>
    public void Clear() => _length = 0;

    /// <summary>Seven bits a byte, the lowest first; the top bit says that another follows.</summary>
    public void Varint(ulong value)
    {
        Reserve(LongestVarint);
        for (; value >= 0x80; value >>= 7)
            _bytes[_length++] = (byte)(value | 0x80);
        _bytes[_length++] = (byte)value;
    }

    /// <summary>An integer field, also where it is 0.</summary>
    public void Integer(int field, ulong value)
    {
        Varint((ulong)(field << 3 | VarintType));
        Varint(value);
    }

    /// <summary>A field of bytes: a text in UTF-8, a message within the message, packed integers.</summary>
    public void Field(int field, ReadOnlySpan<byte> content)
    {
        Varint((ulong)(field << 3 | BytesType));
        Varint((ulong)content.Length);
        Raw(content);
    }

    /// <summary>A text in UTF-8.</summary>
    public void Text(int field, ReadOnlySpan<char> text)
    {
        Varint((ulong)(field << 3 | BytesType));
        int count = Encoding.UTF8.GetByteCount(text);
        Varint((ulong)count);
        Reserve(count);
        _length += Encoding.UTF8.GetBytes(text, _bytes.AsSpan(_length));
    }

    /// <summary>Bytes as they are.</summary>
    public void Raw(ReadOnlySpan<byte> content)
    {
        Reserve(content.Length);
        content.CopyTo(_bytes.AsSpan(_length));
        _length += content.Length;
    }

    private void Reserve(int count)
    {
        if (_bytes.Length - _length < count)
            Array.Resize(ref _bytes, Math.Max(2 * _bytes.Length, checked(_length + count)));
    }
}
