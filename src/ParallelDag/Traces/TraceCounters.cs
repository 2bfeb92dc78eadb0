using ParallelDag.Graphs;
using ParallelDag.Simulation;

namespace ParallelDag.Traces;

/// <summary>
/// Counters over the whole run: GPUs that compute, bytes in flight per level of links, bytes of cache handed over so far. Sampled at
/// <see cref="Samples"/> instants of equal distance, written where they change.
/// </summary>
internal sealed class TraceCounters
{
    /// <summary>At how many instants the counters are looked at.</summary>
    public const int Samples = 4096;

    private readonly SimulationResult _result;
    private readonly Dag _dag;
    private readonly long _width;
    private readonly NodeLinks _links;

    public TraceCounters(SimulationResult result)
    {
        _result = result;
        _dag = result.GetDag();
        _width = (result.MakespanPicoseconds / Samples) + 1;
        _links = new NodeLinks(_dag);
    }

    /// <summary>The names of the counters; an event's value is the place of its counter here.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [
        "GPUs computing", "bytes in flight in a domain", "bytes in flight in a node", "bytes in flight between nodes", "bytes in flight",
        "KV bytes handed over",
    ];

    /// <summary>The events, counter by counter in the order of time.</summary>
    /// <param name="process">Their process.</param>
    public List<TraceEvent> All(int process)
    {
        // Of each counter the changes from one sample to the next.
        long[][] changes = [.. Names.Select(_ => new long[Samples + 2])];
        for (int node = 0; node < _dag.NodeCount; node++)
        {
            if (_result.Actions.Includes(node))
                Count(changes, node);
        }

        var events = new List<TraceEvent>();
        for (int counter = 0; counter < changes.Length; counter++)
        {
            if (!Array.Exists(changes[counter], change => change != 0))
                continue;
            long value = 0;
            for (int sample = 0; sample <= Samples; sample++)
            {
                value += changes[counter][sample];
                long time = TraceEvent.Nanoseconds(sample * _width);
                if (sample == 0 || changes[counter][sample] != 0)
                    events.Add(new TraceEvent(time, process, 0, TraceEventKind.Counter, Value: counter, Amount: value));
            }
        }

        events.Sort();
        return events;
    }

    private void Count(long[][] changes, int node)
    {
        const int Computing = 0, InFlight = 1, UnknownLink = 4, HandedOver = 5;
        NodeFacts facts = _dag.FactsOf(node);

        // The first samples not before the start and not before the end: what is shorter than a sample is seldom seen.
        int first = (int)((_result.Run.StartOf(node) + _width - 1) / _width),
            last = (int)((_result.Run.FinishOf(node) + _width - 1) / _width);
        if (_result.Actions.Computes(node))
        {
            changes[Computing][first] += _dag.GpusOf(node)?.Count ?? 0;
            changes[Computing][last] -= _dag.GpusOf(node)?.Count ?? 0;
        }
        else if (facts.WireBytes > 0)
        {
            int counter = _links.Of(node) is LinkLevel level ? InFlight + (int)level : UnknownLink;
            changes[counter][first] += facts.WireBytes;
            changes[counter][last] -= facts.WireBytes;
        }

        if (facts.Role == OperatorRole.CacheTransfer)
            changes[HandedOver][last] += facts.WireBytes;
    }
}
