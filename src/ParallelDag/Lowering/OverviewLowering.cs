using ParallelDag.Durations;
using ParallelDag.Graphs;
using ParallelDag.Operators;
using ParallelDag.Plans;
using ParallelDag.Strategies;

namespace ParallelDag.Lowering;

/// <summary>
/// The Overview: per phase and stage a chain of blocks over all the stage's layers, drawn once. Consecutive computations merge into a block
/// named after its attention, else after the one with the most operations; collectives, the gate, routing, aggregation and experts stay
/// visible. A stage with dense and MoE layers has one chain for each kind. The edges from a stage's last operator back to its next layer
/// and its next micro-batch are left out. Sums are exact: a block stands for every Device node of its operators.
/// </summary>
internal sealed class OverviewLowering(DeploymentPlan plan, LoweringTables tables)
{
    private readonly DagBuilder _builder = tables.Builder;
    private readonly Dictionary<(PhaseId, int Layer, int Step), int> _blockOfLayer = [];
    private readonly List<int> _facts = [];
    private readonly HashSet<(int Source, int Target, EdgeKind Kind)> _edges = [];

    /// <summary>Adds the blocks of all phases, joined by the KV hand-off.</summary>
    public void Run(IReadOnlyList<PhaseLayout> layouts)
    {
        var sampled = new Dictionary<PhaseLayout, (int Node, long Bytes)>();
        foreach (PhaseLayout layout in layouts.Where(layout => layout.Phase == PhaseKind.Prefill))
            sampled.Add(layout, AddPhase(layout));
        PhaseLayout[] decodes = [.. layouts.Where(layout => layout.Phase == PhaseKind.Decode)];
        var transfers = new List<(HandedSets Sets, List<(int Source, int Layer, long Bytes)> Sources)>();
        foreach (HandedSets sets in sampled.Count > 0 && decodes.Length > 0 ? HandedSets.Of(plan) : [])
            transfers.Add((sets, AddTransfers(sets)));
        var inOrder = HandedSets.InOrder(plan).ToHashSet();
        foreach (PhaseLayout layout in decodes)
        {
            int input = _facts.Count;
            AddPhase(layout);
            foreach ((PhaseLayout prefill, (int from, long bytesOfTokens)) in sampled)
            {
                if (inOrder.Contains((prefill, layout)))
                    AddEdge(from, input, EdgeKind.Token, bytesOfTokens);
            }

            foreach ((int source, int layer, long bytes) in transfers.Where(transfer => transfer.Sets.Decode == layout)
                .SelectMany(transfer => transfer.Sources))
                AddEdge(source, _blockOfLayer[(layout.Id, layer, FlowOf(layout, layer).Reader.Index)], EdgeKind.Kv, bytes);
        }
    }

    private void AddEdge(int source, int target, EdgeKind kind, long bytes)
    {
        if (!_edges.Add((source, target, kind)))
            return;
        _builder.AddEdge(source, target, kind);
        tables.AddEdgeBytes(_facts[source], _facts[target], kind, bytes);
    }

    /// <summary>Adds the blocks of a phase. Returns the one that samples, and the bytes of what it sampled.</summary>
    private (int Node, long Bytes) AddPhase(PhaseLayout layout)
    {
        IReadOnlyList<PhasePass> batches = layout.Passes;
        int stream = AddShared(layout, layout.Stages[0], Ops.Input, "Input", NodeKind.Input);
        foreach (DagStage stage in layout.Stages)
        {
            if (stage.Index == 1)
                stream = AddChain(layout, stage, [], batches, sections => sections.Entry, stream);

            else if (plan.Sections(layout).Receive is not null)
                stream = AddChain(layout, stage, [], batches, sections => sections.Receive!, stream);

            // Kinds of layers in the order in which a token first meets them.
            foreach (IGrouping<int, int> layers in OverviewBlock.LayersByKind(plan.Model, stage))
                stream = AddChain(layout, stage, [.. layers], batches, sections => sections.Kinds[layers.Key], stream);
            stream = stage.Index == layout.Stages.Count
                ? AddChain(layout, stage, [], [.. batches.Where(pass => pass.Ends)], sections => sections.Exit, stream)
                : AddSend(layout, stage, batches, stream);
        }

        AddEdge(stream, AddShared(layout, layout.Stages[^1], Ops.Output, "Output", NodeKind.Output), EdgeKind.Data, bytes: 0);
        return (stream, plan.Sections(layout, batches[^1]).Exit.Output.Tensor.LocalBytes(0));
    }

    private int AddShared(PhaseLayout layout, DagStage stage, string op, string name, NodeKind kind) =>
        AddNode(SharedNode.Describe(layout, op, name, kind), Scope(layout, stage, []), stage.Gpus);

    private int AddNode(NodeFacts facts, NodeScope scope, GpuSet gpus)
    {
        _facts.Add(tables.AddFacts(facts));
        return _builder.AddNode(_facts[^1], _builder.AddScope(scope), _builder.AddGpus(gpus));
    }

    private static NodeScope Scope(PhaseLayout layout, DagStage stage, IReadOnlyList<int> layers) => new()
    {
        Phase = layout.Id,
        Stage = stage.Index,
        Layer = layers.Count == 1 ? layers[0] : null,
        Layers = layers.Count > 1 ? GpuSet.FromGpus(layers).ToString() : null,
    };

    /// <summary>
    /// Adds the blocks of a section, drawn once for <paramref name="layers"/> (none: outside the layers), and returns the one that yields
    /// its output.
    /// </summary>
    private int AddChain(PhaseLayout layout, DagStage stage,
        IReadOnlyList<int> layers, IReadOnlyList<PhasePass> batches, Func<PhaseSections, OperatorProgram> section, int stream)
    {
        NodeScope scope = Scope(layout, stage, layers);
        OperatorProgram program = section(plan.Sections(layout, batches[0]));
        IReadOnlyList<OperatorStep> steps = program.Steps;
        int[] nodeOfStep = new int[steps.Count];
        foreach (OverviewBlock block in OverviewBlock.Of(plan, layout, stage, layers, batches, section))
        {
            int node = AddNode(
                block.Facts with { Time = block.TimeOn(plan.GetTimeModel(), layout.StageGpus[stage.Index - 1]) }, scope, stage.Gpus);
            for (int step = block.First; step <= block.Last; step++)
            {
                nodeOfStep[step] = node;
                foreach (int layer in layers)
                    _blockOfLayer[(layout.Id, layer, step)] = node;
            }
        }

        foreach (OperatorStep step in steps)
        {
            foreach (IGrouping<(OperatorStep? Producer, EdgeKind Kind), StepSource> source in step.Sources.GroupBy(source =>
                (source.Producer, source.Kind)))
            {
                int from = source.Key.Producer is null ? stream : nodeOfStep[source.Key.Producer.Index];
                if (from != nodeOfStep[step.Index])
                    AddEdge(from, nodeOfStep[step.Index], source.Key.Kind,
                        source.Key.Kind == EdgeKind.Gate ? 0 : source.Sum(item => item.Tensor.LocalBytes(0)));
            }
        }

        return nodeOfStep[program.Output.Producer!.Index];
    }

    private int AddSend(PhaseLayout layout, DagStage stage, IReadOnlyList<PhasePass> batches, int stream)
    {
        IReadOnlyList<Cell>[] ofPass =
            [.. batches.Select(pass => PipelineTemplate.Of(plan.Sections(layout, pass).Context, DetailLevel.Operator, tables).Cells)];
        NodeFacts[] cells = [.. ofPass.SelectMany(pass => pass).Select(cell => cell.Facts)];
        bool same = cells.Select(cell => cell.Bytes).Distinct().Count() == 1;
        NodeFacts facts = cells[0] with
        {
            Shard = "",
            PerMicroBatch = false,
            Groups = same ? cells.Sum(cell => cell.Groups) : null,
            Bytes = same ? cells[0].Bytes : null,
            WireBytes = cells.Sum(cell => cell.WireBytes),
            HbmBytes = ofPass.Sum(pass => pass.Max(cell => cell.Facts.HbmBytes)),
            Members = cells.Sum(cell => cell.Members),
            Time = SendTime(layout, stage, ofPass),
        };
        int node = AddNode(facts, Scope(layout, stage, []), stage.Gpus.Union(layout.Stages[stage.Index].Gpus));
        AddEdge(stream, node, EdgeKind.Pipeline, cells[0].Bytes ?? 0);
        return node;
    }

    /// <summary>The messages of all micro-batches from one GPU to the next stage.</summary>
    private NodeTime SendTime(PhaseLayout layout, DagStage stage, IReadOnlyList<Cell>[] ofPass)
    {
        int[] from = layout.StageGpus[stage.Index - 1], to = layout.StageGpus[stage.Index];
        TimeModel model = plan.GetTimeModel();
        NodeTime[] times =
        [
            .. ofPass.Select(pass => pass.Select(cell => model.Of(cell.Facts,
                GroupSpans.Slowest(model, cell.Facts, cell.Ranks.Select(rank => new[] { from[rank], to[rank] }))))
                .MaxBy(time => time.Seconds)),
        ];
        return times[0] with { Seconds = times.Sum(time => time.Seconds) };
    }

    /// <summary>
    /// Per prefill stage one block for its layers' KV transfers. Returns what delivers each layer's cache: that block, or the projection
    /// itself.
    /// </summary>
    private List<(int Source, int Layer, long Bytes)> AddTransfers(HandedSets sets)
    {
        var sources = new List<(int, int, long)>();
        PhaseLayout prefill = sets.Prefill;
        foreach (DagStage stage in prefill.Stages)
        {
            int[] layers = [.. Enumerable.Range(stage.FirstLayer, stage.LastLayer - stage.FirstLayer + 1)];
            var known = new LayerReshards(sets);
            var reshards = layers.GroupBy(known.KeyOf)
                .Select(group => (Reshard: known[group.First()], Layers: group.ToArray()))
                .Where(item => item.Reshard.Receivers.Any(receiver => receiver.NeededBytes > 0))
                .ToList();
            var moving = reshards
                .Select(item => (Receivers: item.Reshard.Receivers.Where(receiver => receiver.MovedBytes > 0).ToArray(), item.Layers))
                .Where(item => item.Receivers.Length > 0)
                .ToList();
            int transfer = -1;
            if (moving.Count > 0)
            {
                var facts = moving.Select(item =>
                    (Facts: KvTransferNode.Describe(sets, item.Layers[0], item.Receivers,
                        sets.Decode.Id.Set > 0 ? sets.Decode.Id.ToName() : ""), item.Layers.Length)).ToList();
                GpuSet gpus = GpuSet.UnionAll(moving.Select(item => KvReshard.GpusOf(item.Receivers)));
                long bytes = facts.Sum(item => checked(item.Facts.WireBytes * item.Length));
                transfer = AddNode(
                    facts[0].Facts with
                    {
                        GroupSize = gpus.Count,
                        Groups = facts.Count == 1 ? facts[0].Length : null,
                        Bytes = facts.Count == 1 ? facts[0].Facts.Bytes : null,
                        WireBytes = bytes,
                        HbmBytes = facts.Sum(item => item.Facts.HbmBytes * item.Length),
                        Members = facts.Sum(item => item.Facts.Members * item.Length),
                        Time = TransferTime(moving, facts),
                    },
                    Scope(prefill, stage, [.. moving.SelectMany(item => item.Layers)]),
                    gpus);
            }

            foreach ((KvReshard reshard, int[] group) in reshards)
            {
                long needed = reshard.Receivers.Max(receiver => receiver.NeededBytes);
                foreach (int layer in group)
                {
                    int projection = _blockOfLayer[(prefill.Id, layer, FlowOf(prefill, layer).Writer.Index)];
                    if (reshard.Receivers.Any(receiver => receiver.MovedBytes > 0))
                    {
                        AddEdge(projection, transfer, EdgeKind.Kv, needed);
                        sources.Add((transfer, layer, needed));
                    }

                    if (reshard.Receivers.Any(receiver => receiver is { MovedBytes: 0, NeededBytes: > 0 }))
                        sources.Add((projection, layer, needed));
                }
            }
        }

        return sources;
    }

    /// <summary>The transfers of all layers to the receiver that waits longest.</summary>
    private NodeTime TransferTime(List<(KvReceiver[] Receivers, int[] Layers)> moving, List<(NodeFacts Facts, int Length)> facts)
    {
        TimeModel model = plan.GetTimeModel();
        NodeTime[] times = [.. moving.Zip(facts, (move, item) => model.Of(item.Facts, GroupSpans.Slowest(
            model, item.Facts, move.Receivers.Select(receiver => KvReshard.GpusOf([receiver]).ToArray()))))];
        return times[0] with { Seconds = times.Zip(facts, (time, item) => time.Seconds * item.Length).Sum() };
    }

    /// <summary>Between which steps the main cache of a layer lies.</summary>
    private CacheFlow FlowOf(PhaseLayout layout, int layer) => plan.Sections(layout).Layer(layer).Caches[0];
}
