using ParallelDag.Graphs;
using ParallelDag.Meshes;
using ParallelDag.Operators;
using ParallelDag.Tensors;

namespace ParallelDag.Lowering;

/// <summary>
/// The nodes and edges of a section (entry, layer, exit) on the ranks of one stage, built once and stamped for every layer, stage and
/// micro-batch of the same kind. An edge joins two nodes when some rank runs both; a gate edge when a rank of the one routes to a rank of
/// the other.
/// </summary>
internal sealed class SectionTemplate
{
    private readonly Dictionary<OperatorStep, (int Base, StepCells Cells)> _placed = [];
    private readonly List<int[]> _nodesOfStep = [];
    private readonly List<(StepCells Consumer, int Base, EdgeKind Kind)> _imports = [];

    /// <summary>Lowers a section's steps.</summary>
    public SectionTemplate(OperatorProgram program, DetailLevel detail, LoweringTables tables)
    {
        Tables = tables;
        var nodes = (Facts: new List<int>(), RankSets: new List<int>());
        var edges = new PatternBuilder();
        foreach (OperatorStep step in program.Steps)
            Place(StepCells.Of(program, step, detail), nodes, edges);
        Facts = [.. nodes.Facts];
        RankSets = [.. nodes.RankSets];
        Steps = [.. _placed.OrderBy(placed => placed.Value.Base).SelectMany(placed =>
            Enumerable.Repeat(placed.Key, placed.Value.Cells.Cells.Count))];
        Edges = edges.Build();
        Output = program.Output.Tensor;
        OutputOfRank = _nodesOfStep[program.Output.Producer!.Index];
    }

    /// <summary>The tables that facts and GPU sets go to.</summary>
    public LoweringTables Tables { get; }

    /// <summary>Per node: its facts in the builder.</summary>
    public int[] Facts { get; }

    /// <summary>Per node: its rank set in <see cref="LoweringTables"/>.</summary>
    public int[] RankSets { get; }

    /// <summary>Per node: the step that it is a part of.</summary>
    public OperatorStep[] Steps { get; }

    /// <summary>Edges within the section.</summary>
    public EdgePattern Edges { get; }

    /// <summary>What the section hands on.</summary>
    public ITensor Output { get; }

    /// <summary>The node that yields the section's output, per rank.</summary>
    public int[] OutputOfRank { get; }

    /// <summary>The node of a step per rank.</summary>
    public ReadOnlySpan<int> NodeOfRank(int step) => _nodesOfStep[step];

    /// <summary>
    /// The edges from what comes before: <paramref name="producerOfRank"/> gives the producing node per rank (positions of its own
    /// template, whose facts are
    /// <paramref name="producerFacts"/>). The tensor is the stream or the token ids that enter the section.
    /// </summary>
    public EdgePattern Link(int[] producerOfRank, IReadOnlyList<int> producerFacts)
    {
        var edges = new PatternBuilder();
        var seen = new HashSet<(int, int)>();
        foreach ((StepCells consumer, int first, EdgeKind kind) in _imports)
        {
            StepSource source = consumer.Step.Sources.First(source => source.Producer is null);
            for (int rank = 0; rank < producerOfRank.Length; rank++)
            {
                int target = first + consumer.CellOfRank[rank];
                if (!seen.Add((producerOfRank[rank], target)))
                    continue;
                edges.Add(producerOfRank[rank], target, kind);
                Tables.AddEdgeBytes(producerFacts[producerOfRank[rank]], Facts[target], kind, source.Tensor.LocalBytes(rank));
            }
        }

        return edges.Build();
    }

    /// <summary>
    /// The edges of kind order from the end of what a stage ran before, given as <paramref name="producerOfRank"/>, to the steps that read
    /// nothing of this section.
    /// </summary>
    public EdgePattern Follow(int[] producerOfRank)
    {
        var edges = new PatternBuilder();
        var seen = new HashSet<(int, int)>();
        foreach ((StepCells consumer, int first, _) in _imports)
        {
            if (!consumer.Step.Sources.All(source => source.Producer is null))
                continue;
            for (int rank = 0; rank < producerOfRank.Length; rank++)
            {
                int target = first + consumer.CellOfRank[rank];
                if (seen.Add((producerOfRank[rank], target)))
                    edges.Add(producerOfRank[rank], target, EdgeKind.Order);
            }
        }

        return edges.Build();
    }

    private void Place(StepCells cells, (List<int> Facts, List<int> RankSets) nodes, PatternBuilder edges)
    {
        int first = nodes.Facts.Count;
        foreach (Cell cell in cells.Cells)
        {
            nodes.Facts.Add(Tables.AddFacts(cell.Facts));
            nodes.RankSets.Add(Tables.AddRanks(cell));
        }

        _placed.Add(cells.Step, (first, cells));
        _nodesOfStep.Add([.. cells.CellOfRank.Select(cell => first + cell)]);
        foreach (IGrouping<(OperatorStep? Producer, EdgeKind Kind), StepSource> source in cells.Step.Sources.GroupBy(source =>
            (source.Producer, source.Kind)))
        {
            if (source.Key.Producer is null)
                _imports.Add((cells, first, source.Key.Kind));
            else
                Connect(_placed[source.Key.Producer], (first, cells), source.Key.Kind, [.. source], nodes.Facts, edges);
        }
    }

    private void Connect(
        (int Base, StepCells Cells) producer, (int Base, StepCells Cells) consumer, EdgeKind kind,
        IReadOnlyList<StepSource> sources, List<int> facts, PatternBuilder edges)
    {
        var seen = new HashSet<(int, int)>();
        if (kind == EdgeKind.Gate)
        {
            ConnectGate(producer, consumer, seen, edges);
            return;
        }

        for (int rank = 0; rank < producer.Cells.CellOfRank.Length; rank++)
        {
            int source = producer.Base + producer.Cells.CellOfRank[rank], target = consumer.Base + consumer.Cells.CellOfRank[rank];
            if (!seen.Add((source, target)))
                continue;
            edges.Add(source, target, kind);
            int holder = rank;
            Tables.AddEdgeBytes(facts[source], facts[target], kind, sources.Sum(item => item.Tensor.LocalBytes(holder)));
        }
    }

    /// <summary>A top-k selection reaches the experts of its rank's EP group.</summary>
    private static void ConnectGate((int Base, StepCells Cells) producer, (int Base, StepCells Cells) consumer, HashSet<(int, int)> seen,
        PatternBuilder edges)
    {
        foreach (int[] group in consumer.Cells.Step.Mesh.Groups(Axis.Ep))
        {
            foreach (int from in group)
            {
                foreach (int to in group)
                {
                    int source = producer.Base + producer.Cells.CellOfRank[from], target = consumer.Base + consumer.Cells.CellOfRank[to];
                    if (seen.Add((source, target)))
                        edges.Add(source, target, EdgeKind.Gate);
                }
            }
        }
    }
}
