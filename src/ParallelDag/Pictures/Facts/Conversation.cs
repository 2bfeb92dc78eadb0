using ParallelDag.Durations;
using ParallelDag.Meshes;
using ParallelDag.Wording;

namespace ParallelDag.Pictures.Facts;

/// <summary>Who talks to whom: all exchanges of one phase over the same axes.</summary>
/// <param name="Phase">The phase; of the hand-off prefill.</param>
/// <param name="Kind">Data within a stage, pipeline or KV.</param>
/// <param name="Axes">The axes of the groups, in the order of reading; none between stages and phases.</param>
internal sealed record Conversation(PhaseId Phase, EdgeKind Kind, string Axes)
{
    private readonly List<CollectiveKind> _collectives = [];
    private readonly HashSet<(int First, int Second, int Last, int Count)> _groups = [];
    private readonly Dictionary<(int Stage, object Step, long Times), double> _slowest = [];

    /// <summary>Distinct groups, or pairs of sender and receiver.</summary>
    public int Groups => _groups.Count;

    /// <summary>Members of the largest group.</summary>
    public int GroupSize { get; private set; }

    /// <summary>The first group.</summary>
    public int[] Example { get; private set; } = [];

    /// <summary>What the group spans that needs the slowest link.</summary>
    public GroupSpan Widest { get; private set; }

    /// <summary>Bytes on the wire in one step.</summary>
    public Int128 WireBytes { get; private set; }

    /// <summary>Those of them that leave a node.</summary>
    public Int128 CrossingBytes { get; private set; }

    /// <summary>Seconds that a GPU of the slowest stage spends in it in one step, by the plan's time model.</summary>
    public double Seconds => _slowest.GroupBy(pair => pair.Key.Stage)
        .Select(stage => stage.Sum(pair => pair.Value * pair.Key.Times)).DefaultIfEmpty().Max();

    /// <summary>True where a group leaves its node, or its domain where that is larger.</summary>
    public bool Crosses => Widest.Level != LinkLevel.Domain;

    /// <summary><c>All-Gather, All-Reduce</c>.</summary>
    public string Collectives => string.Join(", ", _collectives.Select(collective => collective.ToTitle()));

    /// <summary>How many groups of how many, with an example; then without.</summary>
    public IReadOnlyList<string> GroupTexts
    {
        get
        {
            if (Kind != EdgeKind.Data)
            {
                string pairs = Words.Count(Groups, "pair");
                return [Words.Invariant($"{pairs}, such as GPU {Example[0]} to {Example[1]}"), pairs];
            }

            string groups = Words.Invariant($"{Words.Count(Groups, "group")} of {GroupSize}"), first = GpuSet.FromGpus(Example).ToString();
            string few = Example.Length < 5 ? first : Words.Invariant($"{string.Join(',', Example[..3])} to {Example[^1]}");
            return [$"{groups}, such as GPUs {(first.Length <= few.Length ? first : few)}", $"{groups}: {first}", groups];
        }
    }

    /// <summary>What people call it.</summary>
    public string Title => Kind switch
    {
        EdgeKind.Pipeline => "Pipeline",
        EdgeKind.Kv => Phase.Set == 0 ? "KV hand-off" : $"KV hand-off of {Phase.ToName()}",
        _ => Axes switch
        {
            "tp" => "Tensor parallel",
            "sp" => "Sequence parallel",
            "ep" => "Expert parallel",
            "dp" => "Data parallel",
            "etp" => "Expert tensor parallel",
            _ => Axes.ToUpperInvariant().Replace(" ", " and ", StringComparison.Ordinal),
        },
    };

    /// <summary>All conversations of a plan, prefill first, the hand-off last.</summary>
    public static IReadOnlyList<Conversation> Of(DeploymentPlan plan)
    {
        var found = new Dictionary<(PhaseId, EdgeKind, string), Conversation>();
        foreach (Exchange exchange in Exchange.Of(plan))
        {
            string axes = exchange.Step is null ? "" : string.Join(
                ' ', Meshes.Axes.ReadingOrder.Where(axis => exchange.Step.GroupAxes.Contains(axis)).Select(axis => axis.ToName()));
            (PhaseId, EdgeKind, string) key = (exchange.Layout.Id, exchange.Kind, axes);
            if (!found.TryGetValue(key, out Conversation? conversation))
                found.Add(key, conversation = new Conversation(exchange.Layout.Id, exchange.Kind, axes));
            conversation.Add(plan.TimeModel, exchange);
        }

        return [.. found.Values.OrderBy(entry => entry.Kind == EdgeKind.Kv).ThenBy(entry => entry.Phase)
            .ThenByDescending(entry => entry.Seconds)];
    }

    private void Add(TimeModel model, Exchange exchange)
    {
        int[] gpus = exchange.Gpus;
        CollectiveKind collective = exchange.Step?.Collective ?? CollectiveKind.SendRecv;
        if (!_collectives.Contains(collective))
            _collectives.Add(collective);
        _groups.Add((gpus[0], gpus[Math.Min(1, gpus.Length - 1)], gpus[^1], gpus.Length));
        if (Example.Length == 0)
            Example = gpus;
        GroupSize = Math.Max(GroupSize, gpus.Length);
        GroupSpan span = model.Cluster.SpanOf(gpus);
        if (span.Level > Widest.Level || (span.Level == Widest.Level
            && (span.Domains, span.Nodes).CompareTo((Widest.Domains, Widest.Nodes)) > 0))
            Widest = span;
        WireBytes += exchange.WireBytes;
        if (span.Level != LinkLevel.Domain)
        {
            CrossingBytes += (Int128)Math.Round(exchange.NetworkBytes is double bytes ? bytes * gpus.Length * exchange.Times
                : (double)exchange.WireBytes * exchange.CrossingShare(NodeUnit.Size(model.Cluster)));
        }

        long size = exchange.Traffic.Size;
        if (exchange.Step is { Collective: CollectiveKind.SendRecv })
            size /= gpus.Length;
        double seconds = model.Collective(collective, span with { NetworkBytes = exchange.NetworkBytes }, size).Seconds;
        (int, object, long) key = (exchange.Stage, (object?)exchange.Step ?? exchange.Kind, exchange.Times);
        _slowest[key] = Math.Max(_slowest.GetValueOrDefault(key), seconds);
    }
}
