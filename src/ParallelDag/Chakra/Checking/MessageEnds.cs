using ParallelDag.Chakra.Reading;
using ParallelDag.Chakra.Wire;
using ParallelDag.Wording;

namespace ParallelDag.Chakra.Checking;

/// <summary>
/// The messages of a set of traces: the n-th send from one rank to another with a tag, and the n-th receive of that kind. Rule PD007, and
/// of
/// PD014 that both ends have one size.
/// </summary>
internal sealed class MessageEnds
{
    private const string Waits = "the receiver waits for ever without a word";

    private readonly TraceSet _set;
    private readonly TraceFaults _faults = new(TraceRules.Messages);
    private readonly List<(TracePart Send, TracePart Receive)> _joined = [];

    /// <summary>Pairs the ends. O(V).</summary>
    public MessageEnds(TraceSet set, TraceGraph graph)
    {
        _set = set;
        var sends = new Dictionary<(ulong Source, ulong Target, ulong Tag), Queue<TracePart>>();
        var receives = new Dictionary<(ulong Source, ulong Target, ulong Tag), Queue<TracePart>>();
        for (int file = 0; file < set.Files.Count; file++)
        {
            TraceFile trace = set.Files[file];
            IEnumerable<int> places = graph.OrderOf(file).Count == trace.Nodes.Count
                ? graph.OrderOf(file) : Enumerable.Range(0, trace.Nodes.Count);
            foreach (int place in places)
            {
                TraceNode node = trace.Nodes[place];
                if (node.Type is not (TraceNodeType.Send or TraceNodeType.Receive) || KeyOf(trace, node) is not (ulong, ulong, ulong) key)
                    continue;
                Dictionary<(ulong, ulong, ulong), Queue<TracePart>> ends = node.Type == TraceNodeType.Send ? sends : receives;
                if (!ends.TryGetValue(key, out Queue<TracePart>? queue))
                    ends.Add(key, queue = new Queue<TracePart>());
                queue.Enqueue(new TracePart(file, place));
            }
        }

        foreach (((ulong, ulong, ulong) key, Queue<TracePart> queue) in sends)
        {
            Queue<TracePart> partners = receives.GetValueOrDefault(key) ?? [];
            while (queue.Count > 0 && partners.TryDequeue(out TracePart receive))
                Pair(queue.Dequeue(), receive);
        }

        Leftover(sends, receives);
    }

    /// <summary>The messages that have both ends.</summary>
    public IReadOnlyList<(TracePart Send, TracePart Receive)> Joined => _joined;

    /// <summary>PD007.</summary>
    public CheckResult Conclude() => _faults.Conclude(_joined.Count == 0
        ? "nothing is sent" : $"{Words.Count(_joined.Count, "message")}, each with both ends, of equal size and tag");

    /// <summary>The ends of a message and its tag; null where they are no ranks of this set.</summary>
    private (ulong Source, ulong Target, ulong Tag)? KeyOf(TraceFile file, TraceNode node)
    {
        bool sends = node.Type == TraceNodeType.Send;
        ulong own = (ulong)file.Rank;
        ulong? far = sends ? node.Target : node.Source;
        if ((sends ? node.Source : node.Target) is ulong near && near != own)
        {
            _faults.Add(file, node, sends ? "sends in the name of another rank" : "receives in the name of another rank",
                "a simulator aborts; comm_src is the rank of a send, comm_dst that of a receive", Words.Invariant($"rank {near}"));
        }
        else if (far is null)
        {
            _faults.Add(file, node, "does not tell the other end of its message", "a simulator aborts; write comm_src and comm_dst");
        }
        else if (far.Value >= (ulong)_set.RankCount || far.Value == own)
        {
            _faults.Add(file, node, far.Value == own ? "is a message of a rank to itself" : "has its other end on a rank without a trace",
                "name another rank of the set", Words.Invariant($"rank {far.Value} of {_set.RankCount}"));
        }
        else
        {
            return sends ? (own, far.Value, node.Tag ?? 0) : (far.Value, own, node.Tag ?? 0);
        }

        return null;
    }

    private void Pair(TracePart send, TracePart receive)
    {
        _joined.Add((send, receive));
        TraceNode sent = send.Of(_set), received = receive.Of(_set);
        if (sent.Bytes != received.Bytes)
        {
            _faults.Add(_set.Files[receive.File], received, $"has another comm_size than its send; {Waits}", "give both ends one size",
                Words.Invariant($"{received.Bytes ?? 0} bytes, where {Name(send)} has {sent.Bytes ?? 0}"));
        }
    }

    /// <summary>Ends without a partner: told as a difference of tags where the other side has one left over too.</summary>
    private void Leftover(
        Dictionary<(ulong Source, ulong Target, ulong Tag), Queue<TracePart>> sends,
        Dictionary<(ulong Source, ulong Target, ulong Tag), Queue<TracePart>> receives)
    {
        ILookup<(ulong, ulong), TracePart> unsent = receives.SelectMany(pair => pair.Value.Select(part => (pair.Key, part)))
            .ToLookup(end => (end.Key.Source, end.Key.Target), end => end.part);
        ILookup<(ulong, ulong), TracePart> unreceived = sends.SelectMany(pair => pair.Value.Select(part => (pair.Key, part)))
            .ToLookup(end => (end.Key.Source, end.Key.Target), end => end.part);
        foreach ((ulong, ulong) ends in unsent.Concat(unreceived).Select(group => group.Key).Distinct().Order().ToArray())
        {
            TracePart[] waiting = [.. unsent[ends]], alone = [.. unreceived[ends]];
            for (int i = 0; i < Math.Max(waiting.Length, alone.Length); i++)
            {
                if (i >= waiting.Length)
                    _faults.Add(_set.Files[alone[i].File], alone[i].Of(_set), "sends, but nobody receives it",
                        "a simulator drops the message; add the receive on the other rank", Words.Invariant($"to rank {ends.Item2}"));
                else if (i >= alone.Length)
                    _faults.Add(_set.Files[waiting[i].File], waiting[i].Of(_set), $"receives, but nobody sends it; {Waits}",
                        "add the send on the other rank", Words.Invariant($"from rank {ends.Item1}"));
                else
                    _faults.Add(_set.Files[waiting[i].File], waiting[i].Of(_set), $"has another comm_tag than its send; {Waits}",
                        "give both ends one tag", Tags(waiting[i], alone[i]));
            }
        }
    }

    private string Tags(TracePart receive, TracePart send) =>
        Words.Invariant($"tag {receive.Of(_set).Tag ?? 0}, where {Name(send)} has {send.Of(_set).Tag ?? 0}");

    private string Name(TracePart part) => TraceFaults.NameOf(_set.Files[part.File], part.Of(_set));
}
