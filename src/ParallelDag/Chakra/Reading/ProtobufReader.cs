using ParallelDag.Wording;

namespace ParallelDag.Chakra.Reading;

/// <summary>
/// Reads the wire format of Protocol Buffers from bytes that nobody vouches for: what runs past the end, or is no field, is refused with
/// its
/// place.
/// </summary>
/// <param name="bytes">The message.</param>
/// <param name="start">Where the message stands in the file, for messages to the user.</param>
/// <param name="file">The file, as the user named it.</param>
internal ref struct ProtobufReader(ReadOnlySpan<byte> bytes, long start, string file)
{
    private const int LongestVarint = 10;

    private readonly ReadOnlySpan<byte> _bytes = bytes;
    private readonly long _start = start;
    private readonly string _file = file;
    private int _position;

    /// <summary>True where nothing is left.</summary>
    public readonly bool IsAtEnd => _position >= _bytes.Length;

    /// <summary>Where the next byte stands in the file.</summary>
    public readonly long Offset => _start + _position;

    /// <summary>An integer of seven bits a byte.</summary>
    public ulong Varint()
    {
        ulong value = 0;
        for (int i = 0; i < LongestVarint; i++)
        {
            if (IsAtEnd)
                throw Fault("an integer is cut off");
            byte next = _bytes[_position++];
            value |= (ulong)(next & 0x7F) << (7 * i);
            if (next < 0x80)
                return value;
        }

        throw Fault("an integer has more than ten bytes");
    }

    /// <summary>The next field: its number and its type (0 an integer, 1 eight bytes, 2 a length and bytes, 5 four bytes).</summary>
    public (int Field, int Type) Tag()
    {
        ulong tag = Varint();
        int type = (int)(tag & 7);
        if (tag >> 3 is 0 or > int.MaxValue || type is not (0 or 1 or 2 or 5))
            throw Fault("this is no field of a message");
        return ((int)(tag >> 3), type);
    }

    /// <summary>The bytes of a field of type 2.</summary>
    public ReadOnlySpan<byte> Bytes()
    {
        ulong length = Varint();
        if (length > (ulong)(_bytes.Length - _position))
            throw Fault(Words.Invariant($"{length:N0} bytes are announced, {_bytes.Length - _position:N0} are left"));
        ReadOnlySpan<byte> content = _bytes.Slice(_position, (int)length);
        _position += (int)length;
        return content;
    }

    /// <summary>A message within the message.</summary>
    public ProtobufReader Message()
    {
        ReadOnlySpan<byte> content = Bytes();
        return new ProtobufReader(content, Offset - content.Length, _file);
    }

    /// <summary>Passes over a field that nobody asks for.</summary>
    public void Skip(int type)
    {
        switch (type)
        {
            case 0:
                Varint();
                break;
            case 2:
                Bytes();
                break;
            default:
                Pass(type == 1 ? 8 : 4);
                break;
        }
    }

    /// <summary>What is wrong here.</summary>
    public readonly InputException Fault(string what) => new(
        _file, default, Words.Invariant($"this is no Chakra trace, or it is damaged: at byte {Offset:N0} {what}; write or copy it again"));

    private void Pass(int count)
    {
        if (count > _bytes.Length - _position)
            throw Fault("a number is cut off");
        _position += count;
    }
}
