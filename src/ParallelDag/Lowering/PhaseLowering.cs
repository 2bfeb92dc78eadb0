using ParallelDag.Graphs;
using ParallelDag.Meshes;
using ParallelDag.Operators;
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
    private readonly Dictionary<(int Batch, SectionKind Kind), SectionTemplate> _templates = [];
    private readonly Dictionary<(object Producer, SectionTemplate Consumer), EdgePattern> _links = [];
    private readonly Dictionary<(int Stage, int RankSet), int> _gpuSets = [];
    private readonly Dictionary<(int Stage, SectionTemplate Template), int[]> _gpuColumns = [];
    private readonly Dictionary<int, PipelineTemplate> _pipelines = [];
    private readonly int[,] _layerBases;

    public PhaseLowering(DeploymentPlan plan, PhaseLayout layout, DetailLevel detail, LoweringTables tables, CancellationToken cancellation)
    {
        _plan = plan;
        _layout = layout;
        _detail = detail;
        _tables = tables;
        _cancellation = cancellation;
        _layerBases = new int[plan.Workload.MicroBatches, plan.Model.Layers + 1];
    }

    private enum SectionKind
    {
        Entry,
        DenseLayer,
        MoeLayer,
        Exit,
    }

    /// <summary>Adds all nodes and edges of the phase.</summary>
    public void Run()
    {
        WorkloadSpec workload = _plan.Workload;
        _tables.Builder.Reserve(CountNodes());
        Stream input = AddShared(Ops.Input, "Input", NodeKind.Input, _layout.Stages[0]);
        var leaving = new List<Stream>();
        for (int microBatch = 0; microBatch < workload.MicroBatches; microBatch++)
        {
            int batch = BatchSplit.Size(workload, microBatch);
            Stream stream = input;
            foreach (DagStage stage in _layout.Stages)
            {
                if (stage.Index == 1)
                    stream = Stamp(Template(batch, SectionKind.Entry), stage, layer: null, microBatch, stream);
                for (int layer = stage.FirstLayer; layer <= stage.LastLayer; layer++)
                {
                    SectionTemplate template = Template(batch, KindOf(layer));
                    _layerBases[microBatch, layer] = _tables.Builder.NodeCount;
                    stream = Stamp(template, stage, layer, microBatch, stream);
                }

                stream = stage.Index == _layout.Stages.Count
                    ? Stamp(Template(batch, SectionKind.Exit), stage, layer: null, microBatch, stream)
                    : Send(stage, batch, microBatch, stream);
            }

            leaving.Add(stream);
        }

        Stream output = AddShared(Ops.Output, "Output", NodeKind.Output, _layout.Stages[^1]);
        foreach (Stream stream in leaving)
        {
            foreach (int node in stream.NodeOfRank.Distinct())
                _tables.Builder.AddEdge(stream.Base + node, output.Base, EdgeKind.Data);
        }
    }

    /// <summary>How many nodes the phase has.</summary>
    private int CountNodes()
    {
        int count = 2;
        for (int microBatch = 0; microBatch < _plan.Workload.MicroBatches; microBatch++)
        {
            int batch = BatchSplit.Size(_plan.Workload, microBatch);
            int layers = 0;
            for (int layer = 1; layer <= _plan.Model.Layers; layer++)
                layers = checked(layers + Template(batch, KindOf(layer)).Facts.Length);
            int ends = Template(batch, SectionKind.Entry).Facts.Length + Template(batch, SectionKind.Exit).Facts.Length;
            count = checked(count + ends + layers + ((_layout.Stages.Count - 1) * Pipeline(batch).Cells.Count));
        }

        return count;
    }

    private SectionKind KindOf(int layer) => _plan.Model.IsMoeLayer(layer) ? SectionKind.MoeLayer : SectionKind.DenseLayer;

    private PipelineTemplate Pipeline(int batch)
    {
        if (!_pipelines.TryGetValue(batch, out PipelineTemplate? template))
            _pipelines.Add(batch, template = PipelineTemplate.Of(_plan, _layout, batch, _detail, _tables));
        return template;
    }

    /// <summary>The node of <paramref name="op"/> per rank in one layer of one micro-batch.</summary>
    public (int Base, int[] NodeOfRank) NodesOf(string op, int layer, int microBatch)
    {
        SectionTemplate template = Template(BatchSplit.Size(_plan.Workload, microBatch), KindOf(layer));
        return (_layerBases[microBatch, layer], template.NodeOfRank(op));
    }

    /// <summary>The index of the facts of that node.</summary>
    public int FactsOf(string op, int layer, int microBatch, int rank)
    {
        SectionTemplate template = Template(BatchSplit.Size(_plan.Workload, microBatch), KindOf(layer));
        return template.Facts[template.NodeOfRank(op)[rank]];
    }

    private SectionTemplate Template(int batch, SectionKind kind)
    {
        if (_templates.TryGetValue((batch, kind), out SectionTemplate? template))
            return template;
        var context = new PhaseContext(_plan.Model, _plan.Workload, _layout.Phase, _layout.Strategy, batch);
        OperatorProgram program = kind switch
        {
            SectionKind.Entry => EntrySection.Build(context),
            SectionKind.Exit => ExitSection.Build(context),
            _ => Blocks.Layer(context, kind == SectionKind.MoeLayer),
        };
        template = new SectionTemplate(program, _detail, _tables);
        _templates.Add((batch, kind), template);
        return template;
    }

    private Stream Stamp(SectionTemplate template, DagStage stage, int? layer, int microBatch, Stream stream)
    {
        _cancellation.ThrowIfCancellationRequested();
        DagBuilder builder = _tables.Builder;
        int scope = builder.AddScope(new NodeScope { Phase = _layout.Phase, Stage = stage.Index, Layer = layer, MicroBatch = microBatch });
        if (!_gpuColumns.TryGetValue((stage.Index, template), out int[]? gpus))
            _gpuColumns.Add((stage.Index, template), gpus = [.. template.RankSets.Select(rankSet => GpusOf(stage.Index, rankSet))]);
        int first = builder.AddNodes(template.Facts, scope, gpus);
        if (!_links.TryGetValue((stream.Identity, template), out EdgePattern? links))
            _links.Add((stream.Identity, template), links = template.Link(stream.NodeOfRank, stream.Facts));
        builder.AddEdges(links, stream.Base, first);
        builder.AddEdges(template.Edges, first, first);
        return new Stream(first, template.OutputOfRank, template.Facts, template);
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

    /// <summary>Pipeline Send/Recv to the next stage: per pair of ranks with the same coordinates, or per message size at Operator level.</summary>
    private Stream Send(DagStage stage, int batch, int microBatch, Stream stream)
    {
        PipelineTemplate template = Pipeline(batch);
        DagBuilder builder = _tables.Builder;
        int scope = builder.AddScope(new NodeScope { Phase = _layout.Phase, Stage = stage.Index, MicroBatch = microBatch });
        int first = builder.NodeCount;
        int[] from = _layout.StageGpus[stage.Index - 1], to = _layout.StageGpus[stage.Index];
        for (int node = 0; node < template.Cells.Count; node++)
        {
            GpuSet gpus = GpuSet.FromGpus(template.Cells[node].Ranks.SelectMany(rank => new[] { from[rank], to[rank] }));
            builder.AddNode(template.Facts[node], scope, builder.AddGpus(gpus));
        }

        builder.AddEdges(template.LinkFrom(stream.NodeOfRank, stream.Facts, stream.Identity), stream.Base, first);
        return new Stream(first, template.CellOfRank, template.Facts, template);
    }

    /// <summary>A node that occurs once for all ranks and micro-batches: the Input or the Output.</summary>
    private Stream AddShared(string op, string name, NodeKind kind, DagStage stage)
    {
        DagBuilder builder = _tables.Builder;
        int facts = _tables.AddFacts(SharedNode.Describe(_plan, _layout.Phase, op, name, kind));
        int node = builder.AddNode(facts, builder.AddScope(new NodeScope { Phase = _layout.Phase, Stage = stage.Index }), builder.AddGpus(stage.Gpus));
        return new Stream(node, new int[_layout.StageMesh.Size], [facts], op);
    }

    /// <summary>Where the hidden states are: a node per rank, relative to <paramref name="Base"/>. Streams with one identity have the same nodes and facts.</summary>
    private sealed record Stream(int Base, int[] NodeOfRank, IReadOnlyList<int> Facts, object Identity);
}
