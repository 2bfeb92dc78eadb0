using ParallelDag.Graphs;
using ParallelDag.Meshes;
using ParallelDag.Operators;
using ParallelDag.Plans;
using ParallelDag.Strategies;
using ParallelDag.Tensors;

namespace ParallelDag.Lowering;

/// <summary>
/// One phase at Operator or Device level: the sections' templates stamped over micro-batches, stages and layers, joined by pipeline sends.
/// Nodes are numbered in the order in which a token meets them, so every edge leads to a higher number.
/// </summary>
internal sealed class PhaseLowering
{
    private readonly DeploymentPlan _plan;
    private readonly PhaseLayout _layout;
    private readonly DetailLevel _detail;
    private readonly LoweringTables _tables;
    private readonly CancellationToken _cancellation;
    private readonly Dictionary<OperatorProgram, SectionTemplate> _templates = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<(object Producer, SectionTemplate Consumer), EdgePattern> _links = [];
    private readonly Dictionary<(int Stage, int RankSet), int> _gpuSets = [];
    private readonly Dictionary<(int Stage, SectionTemplate Template), int[]> _gpuColumns = [];
    private readonly Dictionary<(int Stage, PipelineTemplate Template), int[]> _sendColumns = [];
    private readonly Dictionary<(object Producer, SectionTemplate Consumer), EdgePattern> _orders = [];
    private readonly Dictionary<(int, long), PipelineTemplate> _pipelines = [];
    private readonly Stream?[] _ended;
    private List<Stream> _sampled = [];
    private readonly int[,] _layerBases;

    public PhaseLowering(DeploymentPlan plan, PhaseLayout layout, DetailLevel detail, LoweringTables tables, CancellationToken cancellation)
    {
        _plan = plan;
        _layout = layout;
        _detail = detail;
        _tables = tables;
        _cancellation = cancellation;
        _ended = new Stream?[layout.Stages.Count];
        _layerBases = new int[layout.Passes.Count, plan.Model.Layers.Count + 1];
    }

    /// <summary>Adds all nodes and edges of the phase.</summary>
    public void Run()
    {
        Stream input = AddShared(Ops.Input, "Input", NodeKind.Input, _layout.Stages[0]);
        InputNode = input.Base;
        var leaving = new List<Stream>();
        for (int microBatch = 0; microBatch < _layout.Passes.Count; microBatch++)
        {
            PhaseSections sections = _plan.Sections(_layout, microBatch);
            PhasePass pass = _layout.Passes[microBatch];
            Stream stream = input;
            foreach (DagStage stage in _layout.Stages)
            {
                Stream? before = pass.Start > _layout.Passes[0].Start || _layout.Strategy.Schedule == PhaseSchedule.Gpipe
                    ? _ended[stage.Index - 1]
                    : null;
                if (stage.Index == 1)
                    stream = Stamp(Template(sections.Entry), stage, layer: null, microBatch, stream, before);
                else if (sections.Receive is OperatorProgram receive)
                    (stream, before) = (Stamp(Template(receive), stage, layer: null, microBatch, stream, before), null);
                for (int layer = stage.FirstLayer; layer <= stage.LastLayer; layer++)
                {
                    SectionTemplate template = Template(sections.Layer(layer));
                    _layerBases[microBatch, layer] = _tables.Builder.NodeCount;
                    stream = Stamp(template, stage, layer, microBatch, stream,
                        layer == stage.FirstLayer && stage.Index > 1 ? before : null);
                }

                bool last = stage.Index == _layout.Stages.Count;
                if (last && pass.Ends)
                    stream = Stamp(Template(sections.Exit), stage, layer: null, microBatch, stream);
                _ended[stage.Index - 1] = stream;
                if (!last)
                    stream = Send(stage, sections.Context, microBatch, stream);
            }

            if (pass.Ends)
                leaving.Add(stream);
        }

        _sampled = leaving;
        Stream output = AddShared(Ops.Output, "Output", NodeKind.Output, _layout.Stages[^1]);
        foreach (Stream stream in leaving)
        {
            foreach (int node in stream.NodeOfRank.Distinct())
                _tables.Builder.AddEdge(stream.Base + node, output.Base, EdgeKind.Data);
        }
    }

    /// <summary>The phase's Input.</summary>
    public int InputNode { get; private set; }

    /// <summary>Joins what the phase has sampled to the Input of the next by edges of kind token.</summary>
    public void HandTokens(PhaseLowering next)
    {
        int input = _tables.Builder.FactsOf(next.InputNode);
        foreach (Stream stream in _sampled)
        {
            var seen = new HashSet<int>();
            for (int rank = 0; rank < stream.NodeOfRank.Length; rank++)
            {
                int node = stream.NodeOfRank[rank];
                if (!seen.Add(node))
                    continue;
                _tables.Builder.AddEdge(stream.Base + node, next.InputNode, EdgeKind.Token);
                _tables.AddEdgeBytes(stream.Facts[node], input, EdgeKind.Token, stream.Tensor!.LocalBytes(rank));
            }
        }
    }

    private PipelineTemplate Pipeline(PhaseContext context)
    {
        if (!_pipelines.TryGetValue((context.Batch, context.SequenceLength), out PipelineTemplate? template))
            _pipelines.Add((context.Batch, context.SequenceLength), template = PipelineTemplate.Of(context, _detail, _tables));
        return template;
    }

    /// <summary>The program of a layer, of its first micro-batch; those of others have the same steps.</summary>
    public OperatorProgram ProgramOf(int layer) => _plan.Sections(_layout).Layer(layer);

    /// <summary>The node of a layer's step on a rank, in one micro-batch.</summary>
    public int NodeOf(OperatorStep step, int layer, int microBatch, int rank) =>
        _layerBases[microBatch, layer] + Template(_plan.Sections(_layout, microBatch).Layer(layer)).NodeOfRank(step.Index)[rank];

    /// <summary>The index of the facts of that node.</summary>
    public int FactsOf(OperatorStep step, int layer, int microBatch, int rank)
    {
        SectionTemplate template = Template(_plan.Sections(_layout, microBatch).Layer(layer));
        return template.Facts[template.NodeOfRank(step.Index)[rank]];
    }

    private SectionTemplate Template(OperatorProgram program)
    {
        if (!_templates.TryGetValue(program, out SectionTemplate? template))
            _templates.Add(program, template = new SectionTemplate(program, _detail, _tables));
        return template;
    }

    private Stream Stamp(SectionTemplate template, DagStage stage, int? layer, int microBatch, Stream stream, Stream? before = null)
    {
        _cancellation.ThrowIfCancellationRequested();
        DagBuilder builder = _tables.Builder;
        int scope = builder.AddScope(new NodeScope { Phase = _layout.Id, Stage = stage.Index, Layer = layer, MicroBatch = microBatch });
        if (!_gpuColumns.TryGetValue((stage.Index, template), out int[]? gpus))
        {
            _gpuColumns.Add((stage.Index, template), gpus = [.. template.RankSets.Select(rankSet => GpusOf(stage.Index, rankSet))]);
            GroupSpans.Note(_tables, _plan.GetTimeModel(), template, gpus, _layout.StageGpus[stage.Index - 1]);
        }

        int first = builder.AddNodes(template.Facts, scope, gpus);
        if (!_links.TryGetValue((stream.Identity, template), out EdgePattern? links))
            _links.Add((stream.Identity, template), links = template.Link(stream.NodeOfRank, stream.Facts));
        builder.AddEdges(links, stream.Base, first);
        builder.AddEdges(template.Edges, first, first);
        if (before is not null)
        {
            if (!_orders.TryGetValue((before.Identity, template), out EdgePattern? order))
                _orders.Add((before.Identity, template), order = template.Follow(before.NodeOfRank));
            builder.AddEdges(order, before.Base, first);
        }

        return new Stream(first, template.OutputOfRank, template.Facts, template, template.Output);
    }

    /// <summary>The GPU set of a rank set in a stage.</summary>
    private int GpusOf(int stage, int rankSet)
    {
        if (!_gpuSets.TryGetValue((stage, rankSet), out int index))
        {
            int[] gpus = _layout.StageGpus[stage - 1];
            index = _tables.Builder.AddGpus(GpuSet.FromGpus(_tables.RankSets[rankSet].Select(rank => gpus[rank])));
            _gpuSets.Add((stage, rankSet), index);
        }

        return index;
    }

    /// <summary>
    /// Pipeline Send/Recv to the next stage: per pair of ranks with the same coordinates, or per message size at Operator level.
    /// </summary>
    private Stream Send(DagStage stage, PhaseContext context, int microBatch, Stream stream)
    {
        PipelineTemplate template = Pipeline(context);
        DagBuilder builder = _tables.Builder;
        int scope = builder.AddScope(new NodeScope { Phase = _layout.Id, Stage = stage.Index, MicroBatch = microBatch });
        if (!_sendColumns.TryGetValue((stage.Index, template), out int[]? gpus))
            _sendColumns.Add((stage.Index, template), gpus = GpusOf(stage, template));
        int first = builder.AddNodes(template.Facts, scope, gpus);
        builder.AddEdges(template.LinkFrom(stream.NodeOfRank, stream.Facts, stream.Identity), stream.Base, first);
        return new Stream(first, template.CellOfRank, template.Facts, template);
    }

    /// <summary>The GPU sets of the sends from a stage to the next, both ends in each.</summary>
    private int[] GpusOf(DagStage stage, PipelineTemplate template)
    {
        int[] from = _layout.StageGpus[stage.Index - 1], to = _layout.StageGpus[stage.Index];
        int[] sets = new int[template.Cells.Count];
        for (int node = 0; node < sets.Length; node++)
        {
            int[] ranks = template.Cells[node].Ranks;
            sets[node] = _tables.Builder.AddGpus(GpuSet.FromGpus(ranks.SelectMany(rank => new[] { from[rank], to[rank] })));
            if (ranks.Length > 1)
                _tables.Builder.AddSpan(
                    template.Facts[node], sets[node],
                    GroupSpans.Slowest(
                        _plan.GetTimeModel(), template.Cells[node].Facts, ranks.Select(rank => new[] { from[rank], to[rank] })));
        }

        return sets;
    }

    /// <summary>A node that occurs once for all ranks and micro-batches: the Input or the Output.</summary>
    private Stream AddShared(string op, string name, NodeKind kind, DagStage stage)
    {
        DagBuilder builder = _tables.Builder;
        int facts = _tables.AddFacts(SharedNode.Describe(_layout, op, name, kind));
        int node = builder.AddNode(facts, builder.AddScope(new NodeScope { Phase = _layout.Id, Stage = stage.Index }),
            builder.AddGpus(stage.Gpus));
        return new Stream(node, new int[_layout.StageMesh.Size], [facts], op);
    }

    /// <summary>
    /// Where the hidden states are: a node per rank, relative to <paramref name="Base"/>. Streams with one identity have the same nodes and
    /// facts.
    /// </summary>
    private sealed record Stream(int Base, int[] NodeOfRank, IReadOnlyList<int> Facts, object Identity, ITensor? Tensor = null);
}
