using Google.Protobuf;

namespace ParallelDag.Tests.Chakra;

/// <summary>A node of a trace as Google's protobuf runtime decodes it.</summary>
internal sealed record GoogleNode
{
    public ulong Id { get; set; }

    public string Name { get; set; } = "";

    public int Type { get; set; }

    public List<ulong> Control { get; } = [];

    public List<ulong> Data { get; } = [];

    /// <summary>The attributes in their order, with the field number of their value.</summary>
    public List<(string Name, int Field, object Value)> Attributes { get; } = [];

    public bool IsCompute => Type == 4;

    public bool IsSend => Type == 5;

    public bool IsReceive => Type == 6;

    public bool IsCollective => Type == 7;

    public ulong Number(string name) => (ulong)Attributes.Single(attribute => attribute.Name == name).Value;

    public string Group => (string)Attributes.Single(attribute => attribute.Name == "pg_name").Value;
}

/// <summary>
/// Reads and writes traces with Google's runtime, by Chakra's schema (mlcommons/chakra, schema/protobuf/et_def.proto).
/// </summary>
internal static class GoogleTrace
{
    private const uint VarintType = 0, BytesType = 2;

    /// <summary>The nodes of a file; its version must be the one that is written.</summary>
    public static List<GoogleNode> Decode(byte[] file)
    {
        var input = new CodedInputStream(file);
        Assert.Equal([0x0A, 5, .. "0.0.4"u8], input.ReadBytes().ToByteArray());
        var nodes = new List<GoogleNode>();
        while (!input.IsAtEnd)
            nodes.Add(Node(input.ReadBytes().CreateCodedInput()));
        return nodes;
    }

    /// <summary>The file that Google's runtime makes of the nodes.</summary>
    public static byte[] Encode(IEnumerable<GoogleNode> nodes)
    {
        using var stream = new MemoryStream();
        using var output = new CodedOutputStream(stream, leaveOpen: true);
        output.WriteBytes(ByteString.CopyFrom([0x0A, 5, .. "0.0.4"u8]));
        foreach (GoogleNode node in nodes)
            output.WriteBytes(Message(message => Write(message, node)));
        output.Flush();
        return stream.ToArray();
    }

    private static GoogleNode Node(CodedInputStream input)
    {
        var node = new GoogleNode();
        while (input.ReadTag() is uint tag and not 0)
        {
            switch (WireFormat.GetTagFieldNumber(tag))
            {
                case 1:
                    node.Id = input.ReadUInt64();
                    break;
                case 2:
                    node.Name = input.ReadString();
                    break;
                case 3:
                    node.Type = input.ReadEnum();
                    break;
                case 4:
                    Packed(input, tag, node.Control);
                    break;
                case 5:
                    Packed(input, tag, node.Data);
                    break;
                case 10:
                    node.Attributes.Add(Attribute(input.ReadBytes().CreateCodedInput()));
                    break;
                default:
                    Assert.Fail($"field {WireFormat.GetTagFieldNumber(tag)} of a node");
                    break;
            }
        }

        return node;
    }

    private static void Packed(CodedInputStream input, uint tag, List<ulong> values)
    {
        Assert.Equal(BytesType, (uint)WireFormat.GetTagWireType(tag));
        CodedInputStream packed = input.ReadBytes().CreateCodedInput();
        while (!packed.IsAtEnd)
            values.Add(packed.ReadUInt64());
    }

    private static (string, int, object) Attribute(CodedInputStream input)
    {
        Assert.Equal(WireFormat.MakeTag(1, WireFormat.WireType.LengthDelimited), input.ReadTag());
        string name = input.ReadString();
        int field = WireFormat.GetTagFieldNumber(input.ReadTag());
        object value = field switch
        {
            9 => (ulong)input.ReadInt64(),
            11 => (ulong)input.ReadUInt32(),
            13 => input.ReadUInt64(),
            27 => input.ReadBool() ? 1UL : 0UL,
            29 => input.ReadString(),
            _ => throw new InvalidOperationException($"field {field} of attribute {name}"),
        };
        Assert.True(input.IsAtEnd);
        return (name, field, value);
    }

    private static void Write(CodedOutputStream output, GoogleNode node)
    {
        output.WriteTag(1, WireFormat.WireType.Varint);
        output.WriteUInt64(node.Id);
        if (node.Name.Length > 0)
        {
            output.WriteTag(2, WireFormat.WireType.LengthDelimited);
            output.WriteString(node.Name);
        }

        output.WriteTag(3, WireFormat.WireType.Varint);
        output.WriteEnum(node.Type);
        foreach ((int field, List<ulong> values) in new[] { (4, node.Control), (5, node.Data) })
        {
            if (values.Count == 0)
                continue;
            output.WriteTag(field, WireFormat.WireType.LengthDelimited);
            output.WriteBytes(Message(packed => values.ForEach(packed.WriteUInt64)));
        }

        foreach ((string name, int field, object value) in node.Attributes)
        {
            output.WriteTag(10, WireFormat.WireType.LengthDelimited);
            output.WriteBytes(Message(attribute =>
            {
                attribute.WriteTag(1, WireFormat.WireType.LengthDelimited);
                attribute.WriteString(name);
                attribute.WriteTag(field, value is string ? WireFormat.WireType.LengthDelimited : WireFormat.WireType.Varint);
                if (value is string text)
                    attribute.WriteString(text);
                else
                    attribute.WriteUInt64((ulong)value);
            }));
        }
    }

    private static ByteString Message(Action<CodedOutputStream> write)
    {
        using var stream = new MemoryStream();
        using var output = new CodedOutputStream(stream, leaveOpen: true);
        write(output);
        output.Flush();
        return ByteString.CopyFrom(stream.ToArray());
    }
}
