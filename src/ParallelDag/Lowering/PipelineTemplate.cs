using ParallelDag.Graphs;
using ParallelDag.Operators;
using ParallelDag.Tensors;

namespace ParallelDag.Lowering;

/// <summary>
/// The pipeline sends between two stages: each rank sends its part of the stream to the rank with the same coordinates in the next stage.
/// </summary>
internal sealed class PipelineTemplate
{
    private readonly LoweringTables _tables;
    private readonly ITensor _message;
    private readonly Dictionary<object, EdgePattern> _links = [];

    private PipelineTemplate(LoweringTables tables, ITensor message, IReadOnlyList<Cell> cells, int[] cellOfRank)
    {
        _tables = tables;
        _message = message;
        Cells = cells;
        CellOfRank = cellOfRank;
        Facts = [.. cells.Select(cell => tables.AddFacts(cell.Facts))];
    }

    /// <summary>The nodes; their ranks are those of the sender and, with the same numbers, of the receiver.</summary>
    public IReadOnlyList<Cell> Cells { get; }

    /// <summary>The node of each rank.</summary>
    public int[] CellOfRank { get; }

    /// <summary>Per node: its facts in the builder.</summary>
    public int[] Facts { get; }

    /// <summary>The sends of a micro-batch.</summary>
    public static PipelineTemplate Of(PhaseContext context, DetailLevel detail, LoweringTables tables)
    {
        ShardedTensor message = context.Message;
        int ranks = context.Mesh.Size;
        var groups = detail == DetailLevel.Device
            ? Enumerable.Range(0, ranks).GroupBy(rank => (Rank: rank, Shape: ""))
            : Enumerable.Range(0, ranks).GroupBy(rank => (Rank: 0, Shape: message.LocalShape(rank).ToString()));
        var cells = new List<Cell>();
        int[] cellOfRank = new int[ranks];
        foreach (var group in groups)
        {
            int[] members = [.. group];
            foreach (int rank in members)
                cellOfRank[rank] = cells.Count;
            cells.Add(new Cell(members,
                Describe(message, members, detail == DetailLevel.Device ? null : cells.Count == 0 ? "" : $"v{cells.Count + 1}")));
        }

        return new PipelineTemplate(tables, message, cells, cellOfRank);
    }

    /// <summary>The edges from the nodes that yield the stream.</summary>
    public EdgePattern LinkFrom(int[] producerOfRank, IReadOnlyList<int> producerFacts, object identity)
    {
        if (_links.TryGetValue(identity, out EdgePattern? known))
            return known;
        var edges = new PatternBuilder();
        var seen = new HashSet<(int, int)>();
        for (int rank = 0; rank < producerOfRank.Length; rank++)
        {
            if (!seen.Add((producerOfRank[rank], CellOfRank[rank])))
                continue;
            edges.Add(producerOfRank[rank], CellOfRank[rank], EdgeKind.Pipeline);
            _tables.AddEdgeBytes(producerFacts[producerOfRank[rank]], Facts[CellOfRank[rank]], EdgeKind.Pipeline,
                _message.LocalBytes(rank));
        }

        _links.Add(identity, known = edges.Build());
        return known;
    }

    private static NodeFacts Describe(ShardedTensor message, int[] members, string? shard)
    {
        long bytes = ((ITensor)message).LocalBytes(members[0]);
        TensorList shapes = StepCells.Shapes([message], members[0]);
        return new NodeFacts
        {
            Op = Ops.PipelineSendRecv,
            Name = "Pipeline Send/Recv",
            Kind = NodeKind.Communication,
            IdStem = Ops.PipelineSendRecv,
            Shard = shard,
            PerMicroBatch = true,
            Input = shapes,
            Output = shapes,
            InputPlacement = StepCells.Placements([message]),
            OutputPlacement = StepCells.Placements([message]),
            Collective = CollectiveKind.SendRecv,
            GroupSize = 2,
            Groups = members.Length,
            Bytes = bytes,
            WireBytes = checked(bytes * members.Length),
            HbmBytes = checked(2 * bytes),
            Members = members.Length,
        };
    }
}
