using System.Globalization;
using ParallelDag.Chakra.Wire;

namespace ParallelDag.Chakra.Writing;

/// <summary>
/// Writes the messages of one trace file: a varint length before each, fields ascending, scalars of 0 left out, values of attributes always
/// written (they are a oneof), dependencies packed. Google's runtime writes the same bytes.
/// </summary>
internal sealed class NodeEncoder(Stream output)
{
    private readonly ProtobufBuffer _message = new();
    private readonly ProtobufBuffer _part = new();
    private readonly ProtobufBuffer _frame = new();
    private readonly char[] _digits = new char[20];

    /// <summary>The first message: which version of the schema follows.</summary>
    public void Metadata()
    {
        _message.Clear();
        _message.Text(TraceFields.MetadataVersion, TraceFields.Version);
        End();
    }

    /// <summary>Starts a node.</summary>
    public void Begin(int id, ReadOnlySpan<char> name, TraceNodeType type, ReadOnlySpan<int> control, ReadOnlySpan<int> data)
    {
        _message.Clear();
        _message.Integer(TraceFields.Id, (ulong)id);
        if (!name.IsEmpty)
            _message.Text(TraceFields.Name, name);
        _message.Integer(TraceFields.Type, (ulong)type);
        Dependencies(TraceFields.ControlDependencies, control);
        Dependencies(TraceFields.DataDependencies, data);
    }

    /// <summary>The attributes of a computation: of nodes with the same facts the same bytes.</summary>
    public static byte[] Work(ulong operations, ulong bytes)
    {
        ProtobufBuffer work = new(), part = new();
        Attribute(work, part, "is_cpu_op"u8, TraceFields.BoolValue, 0);
        Attribute(work, part, "num_ops"u8, TraceFields.UInt64Value, operations);
        Attribute(work, part, "tensor_size"u8, TraceFields.UInt64Value, bytes);
        return work.Bytes.ToArray();
    }

    /// <summary>What a computation does, as <see cref="Work"/> made it.</summary>
    public void Compute(ReadOnlySpan<byte> work) => _message.Raw(work);

    /// <summary>What a collective does, among which group; 0: among all ranks.</summary>
    public void Collective(long type, long bytes, int group)
    {
        Attribute("is_cpu_op"u8, TraceFields.BoolValue, 0);
        Attribute("comm_type"u8, TraceFields.Int64Value, (ulong)type);
        Attribute("comm_size"u8, TraceFields.UInt64Value, (ulong)bytes);
        if (group == 0)
            return;
        group.TryFormat(_digits, out int length, provider: CultureInfo.InvariantCulture);
        _part.Clear();
        _part.Field(TraceFields.AttributeName, "pg_name"u8);
        _part.Text(TraceFields.StringValue, _digits.AsSpan(0, length));
        _message.Field(TraceFields.Attribute, _part.Bytes);
    }

    /// <summary>The ends of a message, its tag and its size, the same on both ends.</summary>
    public void Message(int source, int target, int tag, long bytes)
    {
        Attribute("is_cpu_op"u8, TraceFields.BoolValue, 0);
        Attribute("comm_src"u8, TraceFields.UInt32Value, (ulong)source);
        Attribute("comm_dst"u8, TraceFields.UInt32Value, (ulong)target);
        Attribute("comm_tag"u8, TraceFields.UInt32Value, (ulong)tag);
        Attribute("comm_size"u8, TraceFields.UInt64Value, (ulong)bytes);
    }

    /// <summary>Writes what was begun.</summary>
    public void End()
    {
        _frame.Clear();
        _frame.Varint((ulong)_message.Bytes.Length);
        output.Write(_frame.Bytes);
        output.Write(_message.Bytes);
    }

    private void Dependencies(int field, ReadOnlySpan<int> ids)
    {
        if (ids.IsEmpty)
            return;
        _part.Clear();
        foreach (int id in ids)
            _part.Varint((ulong)id);
        _message.Field(field, _part.Bytes);
    }

    private void Attribute(ReadOnlySpan<byte> name, int field, ulong value) => Attribute(_message, _part, name, field, value);

    private static void Attribute(ProtobufBuffer message, ProtobufBuffer part, ReadOnlySpan<byte> name, int field, ulong value)
    {
        part.Clear();
        part.Field(TraceFields.AttributeName, name);
        part.Integer(field, value);
        message.Field(TraceFields.Attribute, part.Bytes);
    }
}
