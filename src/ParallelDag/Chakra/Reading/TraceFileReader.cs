using System.Text;
using ParallelDag.Chakra.Wire;
using ParallelDag.Files;

namespace ParallelDag.Chakra.Reading;

/// <summary>
/// Decodes a trace: messages that each have their length before them, first GlobalMetadata, then nodes (Chakra's
/// <c>third_party/utils/protolib.py</c>). Fields that are not known are passed over, attributes that do not count too.
/// </summary>
internal static class TraceFileReader
{
    /// <summary>Larger files are refused.</summary>
    public const int MaxBytes = 1 << 28;

    private const int CancellationStride = 1 << 12;

    /// <summary>Reads a file.</summary>
    /// <exception cref="InputException">It cannot be read, or is no trace.</exception>
    public static TraceFile Read(string path, string name, int rank, CancellationToken cancellation) =>
        new(name, rank, Decode(InputFile.ReadBinary(path, name, MaxBytes, cancellation), name, cancellation));

    /// <summary>Decodes the bytes of a file.</summary>
    /// <exception cref="InputException">They are no trace.</exception>
    public static List<TraceNode> Decode(ReadOnlySpan<byte> bytes, string name, CancellationToken cancellation = default)
    {
        if (bytes.StartsWith((ReadOnlySpan<byte>)[0x1F, 0x8B]))
            throw new InputException(name, default, "this is compressed, which simulators do not read; unpack it first (gunzip)");
        if (bytes.IsEmpty)
            throw new InputException(name, default, "this is empty; a trace begins with its version, and has a node at least");
        var reader = new ProtobufReader(bytes, 0, name);
        Metadata(reader.Message());
        var nodes = new List<TraceNode>();
        while (!reader.IsAtEnd)
        {
            if (nodes.Count % CancellationStride == 0)
                cancellation.ThrowIfCancellationRequested();
            nodes.Add(Node(reader.Message()));
        }

        return nodes;
    }

    /// <summary>The version may be any, but this must be the message that has one and not a node.</summary>
    private static void Metadata(ProtobufReader message)
    {
        while (!message.IsAtEnd)
        {
            (int field, int type) = message.Tag();
            if (field > 2 || type != 2)
                throw message.Fault("the version of the format is missing");
            message.Skip(type);
        }
    }

    private static TraceNode Node(ProtobufReader message)
    {
        var node = new TraceNode();
        while (!message.IsAtEnd)
        {
            (int field, int type) = message.Tag();
            switch (field, type)
            {
                case (TraceFields.Id, 0):
                    node.Id = message.Varint();
                    break;
                case (TraceFields.Name, 2):
                    node.Name = Encoding.UTF8.GetString(message.Bytes());
                    break;
                case (TraceFields.Type, 0):
                    node.Type = (TraceNodeType)(int)Math.Min(message.Varint(), int.MaxValue);
                    break;
                case (TraceFields.ControlDependencies, _):
                    Dependencies(ref message, type, node.Control);
                    break;
                case (TraceFields.DataDependencies, _):
                    Dependencies(ref message, type, node.Data);
                    break;
                case (TraceFields.Duration, 0):
                    node.Microseconds = message.Varint();
                    break;
                case (TraceFields.Attribute, 2):
                    Attribute(node, message.Message());
                    break;
                default:
                    message.Skip(type);
                    break;
            }
        }

        return node;
    }

    /// <summary>Packed, or one by one as older writers do.</summary>
    private static void Dependencies(ref ProtobufReader message, int type, List<ulong> ids)
    {
        if (type == 0)
        {
            ids.Add(message.Varint());
            return;
        }

        if (type != 2)
            throw message.Fault("dependencies are no integers");
        ProtobufReader packed = message.Message();
        while (!packed.IsAtEnd)
            ids.Add(packed.Varint());
    }

    private static void Attribute(TraceNode node, ProtobufReader message)
    {
        ReadOnlySpan<byte> name = [];
        ulong? number = null;
        string? text = null;
        while (!message.IsAtEnd)
        {
            (int field, int type) = message.Tag();
            switch (field, type)
            {
                case (TraceFields.AttributeName, 2):
                    name = message.Bytes();
                    break;
                case (TraceFields.StringValue, 2):
                    text = Encoding.UTF8.GetString(message.Bytes());
                    break;
                case (15 or 17, 0):
                    // Zigzag: signed integers of a schema that nobody uses for sizes, but may.
                    ulong folded = message.Varint();
                    number = (folded >> 1) ^ (0 - (folded & 1));
                    break;
                case (_, 0):
                    number = message.Varint();
                    break;
                default:
                    message.Skip(type);
                    break;
            }
        }

        Keep(node, name, number, text);
    }

    private static void Keep(TraceNode node, ReadOnlySpan<byte> name, ulong? number, string? text)
    {
        if (name.SequenceEqual("comm_size"u8))
            node.Bytes = number;
        else if (name.SequenceEqual("tensor_size"u8))
            node.TensorBytes = number;
        else if (name.SequenceEqual("num_ops"u8))
            node.Operations = number;
        else if (name.SequenceEqual("comm_type"u8))
            node.CollectiveType = number;
        else if (name.SequenceEqual("comm_src"u8))
            node.Source = number;
        else if (name.SequenceEqual("comm_dst"u8))
            node.Target = number;
        else if (name.SequenceEqual("comm_tag"u8))
            node.Tag = number;
        else if (name.SequenceEqual("is_cpu_op"u8))
            node.IsHost = number is not (null or 0);
        else if (name.SequenceEqual("pg_name"u8))
            node.Group = text ?? number?.ToString(System.Globalization.CultureInfo.InvariantCulture);
    }
}
