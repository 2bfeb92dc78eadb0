using System.Runtime.InteropServices;
using ParallelDag.Chakra.Wire;
using ParallelDag.Graphs;

namespace ParallelDag.Chakra.Writing;

/// <summary>Writes the trace of a rank, node by node: nothing is kept but the ids of the last ones.</summary>
internal sealed class RankWriter(
    TraceActions actions, GroupTable groups, WorkSizes sizes, ChakraOptions options, CancellationToken cancellation)
{
    private const int CancellationStride = 1 << 12, WorkSlots = 1 << 12;

    private readonly Dag _dag = actions.Dag;
    private readonly LocalDependencies _dependencies = new(actions);
    private readonly List<int> _control = [];
    private readonly (int Facts, byte[]? Bytes)[] _works = new (int, byte[]?)[WorkSlots];
    private readonly char[] _name = new char[4096];

    /// <summary>Writes the trace of one rank. O(its nodes and their edges).</summary>
    public void Write(int rank, Stream output)
    {
        var encoder = new NodeEncoder(output);
        encoder.Metadata();
        ReadOnlySpan<int> ids = actions.Of(rank);
        if (ids.IsEmpty)
            WriteIdle(encoder);
        int before = 0, computation = 0, communication = 0;
        for (int i = 0; i < ids.Length; i++)
        {
            if (i % CancellationStride == 0)
                cancellation.ThrowIfCancellationRequested();
            int id = ids[i], node = actions.NodeOf(id);
            TraceMessage? message = TraceActions.IsMessage(_dag.FactsOf(node)) ? actions.MessageOf(id) : null;
            TraceNodeType type = message is null ? TypeOf(node)
                : message.Value.Source == rank ? TraceNodeType.Send : TraceNodeType.Receive;
            Control(rank, node, type, options.Schedule switch
            {
                ChakraSchedule.Serial => before,
                ChakraSchedule.Streams when type == TraceNodeType.Compute => computation,
                ChakraSchedule.Streams when type != TraceNodeType.Receive => communication,
                _ => 0,
            });
            Write(encoder, rank, id, node, type, message);
            before = id;
            if (type == TraceNodeType.Compute)
                computation = id;
            else if (type != TraceNodeType.Receive)
                communication = id;
        }
    }

    /// <summary>
    /// Collects what a node comes after: the one before on its stream, which stands for all before that one, and what the graph orders
    /// across streams, such as the next micro-batch behind a collective of the one before.
    /// </summary>
    private void Control(int rank, int node, TraceNodeType type, int before)
    {
        _control.Clear();
        if (before > 0)
            _control.Add(before);
        if (options.Schedule != ChakraSchedule.Streams)
            return;
        bool computes = type == TraceNodeType.Compute;
        foreach (int id in _dependencies.OrderOf(rank, node))
        {
            int source = actions.NodeOf(id);
            bool apart = type == TraceNodeType.Receive || TraceActions.IsMessage(_dag.FactsOf(source))
                || computes != (TypeOf(source) == TraceNodeType.Compute);
            if (apart && id != before)
                _control.Add(id);
        }

        _control.Sort();
    }

    private void Write(NodeEncoder encoder, int rank, int id, int node, TraceNodeType type, TraceMessage? message)
    {
        int holder = type == TraceNodeType.Send ? message!.Value.Holder : -1;
        ReadOnlySpan<int> data = holder >= 0 ? _dependencies.OfPredecessor(rank, holder) : _dependencies.Of(rank, node);
        encoder.Begin(id, NameOf(node), type, CollectionsMarshal.AsSpan(_control), data);
        NodeFacts facts = _dag.FactsOf(node);
        if (message is TraceMessage part)
        {
            encoder.Message(part.Source, part.Target, id, Math.Max(1, part.Bytes));
        }
        else if (type == TraceNodeType.Collective)
        {
            int members = _dag.GpusOf(node)!.Count;
            encoder.Collective(
                CollectiveNumbers.Of(facts.Collective),
                CollectiveNumbers.SizeOf(facts.Collective, facts.Bytes ?? 0, members),
                groups.IdOf(_dag.GpuColumn[node]));
        }
        else
        {
            encoder.Compute(WorkOf(_dag.FactsColumn[node]));
        }

        encoder.End();
    }

    /// <summary>A rank of which nothing is asked: a file without nodes ends a simulator.</summary>
    private void WriteIdle(NodeEncoder encoder)
    {
        encoder.Begin(1, options.WithoutNames ? "" : "idle", TraceNodeType.Compute, [], []);
        encoder.Compute(NodeEncoder.Work(1, sizes.BytesOfNanosecond));
        encoder.End();
    }

    private byte[] WorkOf(int facts)
    {
        ref (int Facts, byte[]? Bytes) slot = ref _works[facts % WorkSlots];
        if (slot.Bytes is null || slot.Facts != facts)
        {
            (ulong operations, ulong bytes) = sizes.Of(_dag.FactsTable[facts]);
            slot = (facts, NodeEncoder.Work(operations, bytes));
        }

        return slot.Bytes;
    }

    private TraceNodeType TypeOf(int node) =>
        GroupTable.IsGroup(_dag, node) ? TraceNodeType.Collective : TraceNodeType.Compute;

    private ReadOnlySpan<char> NameOf(int node) => options.WithoutNames ? []
        : _dag.TryFormatId(node, _name, out int length) ? _name.AsSpan(0, length) : _dag.IdOf(node);
}
