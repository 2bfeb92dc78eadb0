using ParallelDag.Graphs;
using ParallelDag.Precisions;

namespace ParallelDag;

/// <summary>
/// One node of a <see cref="Dag"/>: a view of a row of its columns, cheap to copy. Equal when it is the same row of the same DAG.
/// </summary>
public readonly struct DagNode : IEquatable<DagNode>, IComparable<DagNode>, IComparable
{
    private readonly Dag _dag;

    internal DagNode(Dag dag, int index)
    {
        _dag = dag;
        Index = index;
    }

    /// <summary>The row of the node in its DAG, from 0.</summary>
    public int Index { get; }

    /// <summary>The node's unique name.</summary>
    public string Id => _dag.IdOf(Index);

    /// <summary>What a person reads first: <c>QKV Projection</c>.</summary>
    public string Name => Facts.Name;

    /// <summary>The operator in the fixed vocabulary, or null when a file does not tell.</summary>
    public string? Op => Facts.Op;

    /// <summary>What the node does.</summary>
    public NodeKind Kind => Facts.Kind;

    /// <summary>Prefill or decode; null when a file does not tell.</summary>
    public PhaseKind? Phase => Scope.Phase?.Kind;

    /// <summary>The set of instances of the phase, from 1; 0 where all instances of the phase are alike or a file does not tell.</summary>
    public int Set => Scope.Phase?.Set ?? 0;

    /// <summary>The phase with its set; null when a file does not tell.</summary>
    internal PhaseId? PhaseId => Scope.Phase;

    /// <summary>The pipeline stage; null when unknown. Plans count from 1, many drawings from 0.</summary>
    public int? Stage => Scope.Stage;

    /// <summary>
    /// The layer; null outside the layers, for several of them, and when unknown. Plans count from 1, many drawings from 0.
    /// </summary>
    public int? Layer => Scope.Layer;

    /// <summary>The layers of an overview block (<c>1-4</c>), else null.</summary>
    public string? Layers => Scope.Layers;

    /// <summary>The micro-batch, from 0.</summary>
    public int MicroBatch => Scope.MicroBatch;

    /// <summary>The GPUs that run the node; null when a file does not tell.</summary>
    public GpuSet? Gpus => _dag.GpusOf(Index);

    /// <summary>How many Device nodes the node stands for.</summary>
    public long Members => Facts.Members;

    /// <summary>The experts of an expert node (<c>0-3</c>), else null.</summary>
    public string? Experts => Facts.Experts;

    /// <summary>Local input tensors, as files print them: <c>[batch_size=1, seq_len=5120]</c>, <c>Q [...]; K [...]</c>.</summary>
    public string Input => Facts.Input.ToString();

    /// <summary>Local output tensors, as files print them.</summary>
    public string Output => Facts.Output.ToString();

    /// <summary>The placement of the inputs per mesh axis, or null where unknown.</summary>
    public string? InputPlacement => Facts.InputPlacement?.ToString();

    /// <summary>The placement of the outputs per mesh axis, or null where unknown.</summary>
    public string? OutputPlacement => Facts.OutputPlacement?.ToString();

    /// <summary>The collective of a communication or gather node.</summary>
    public CollectiveKind Collective => Facts.Collective;

    /// <summary>Members of one process group; 0 when not a collective.</summary>
    public int GroupSize => Facts.GroupSize;

    /// <summary>How many groups the node stands for; null when they differ.</summary>
    public long? Groups => Facts.Groups;

    /// <summary>S of one group in bytes, as nccl-tests counts it; null when the groups differ.</summary>
    public long? Bytes => Facts.Bytes;

    /// <summary>Bytes on the wire over all GPUs of the node.</summary>
    public long WireBytes => Facts.WireBytes;

    /// <summary>Floating-point operations over all GPUs of the node; an integer.</summary>
    public decimal Flops => Facts.Flops;

    /// <summary>
    /// The peak rate that bounds the operations, by their format; null where there are none, several in one block, or it is unknown.
    /// </summary>
    public PeakRate? Rate => Facts.Rate;

    /// <summary>Bytes that one GPU of the node moves through its memory.</summary>
    public long HbmBytes => Facts.HbmBytes;

    /// <summary>
    /// Weights quantised in blocks and split over GPUs, <c>name=width/whole:block</c>, parted by commas; null where there are none.
    /// </summary>
    public string? WeightBlocks => Facts.WeightBlocks;

    /// <summary>
    /// Seconds that the node takes by the time model of its plan, or as the file says that it was read from; null where that does not tell.
    /// The first call on a DAG takes O(V).
    /// </summary>
    public double? Seconds => _dag.Times?[Index].Seconds;

    /// <summary>What bounds the node's time; null where <see cref="Seconds"/> is.</summary>
    public TimeBound? Bound => _dag.Times?[Index].Bound;

    /// <summary>
    /// The wave in which the node can run: one more than the latest wave among its predecessors, from 0 for nodes without any. Null when
    /// the graph has a cycle. The first call on a DAG takes O(V + E).
    /// </summary>
    public int? Wave => _dag.WaveOf(Index);

    /// <summary>The shared facts behind the view.</summary>
    internal NodeFacts Facts => _dag.FactsOf(Index);

    internal NodeScope Scope => _dag.ScopeOf(Index);

    /// <summary>The DAG that the node belongs to. (A method, so that serializers do not follow it.)</summary>
    public Dag GetDag() => _dag;

    /// <summary>Local input tensors. (Methods, so that tables and serializers show the text alone.)</summary>
    public TensorList GetInputTensors() => Facts.Input;

    /// <summary>Local output tensors.</summary>
    public TensorList GetOutputTensors() => Facts.Output;

    /// <summary>How the DOT file that the node was read from draws it; null for a DAG that was not read from a drawing.</summary>
    public NodeDrawing? GetDrawing() => Facts.Drawing;

    /// <summary>The edges that enter the node, by ascending source. Looks through the rows of its predecessors.</summary>
    public IEnumerable<DagEdge> GetInEdges()
    {
        foreach (int source in GetPredecessors().Select(node => node.Index).Distinct().Order())
        {
            int first = _dag.Topology.FirstEdge(source), last = first + _dag.Topology.OutDegree(source);
            for (int edge = first; edge < last; edge++)
            {
                if (_dag.Topology.TargetOf(edge) == Index)
                    yield return new DagEdge(_dag, source, edge);
            }
        }
    }

    /// <summary>The edges that leave the node.</summary>
    public IEnumerable<DagEdge> GetOutEdges()
    {
        int first = _dag.Topology.FirstEdge(Index), count = _dag.Topology.OutDegree(Index);
        for (int i = 0; i < count; i++)
            yield return new DagEdge(_dag, Index, first + i);
    }

    /// <summary>The nodes that read from this one, once per edge.</summary>
    public IEnumerable<DagNode> GetSuccessors()
    {
        int count = _dag.Topology.OutDegree(Index);
        for (int i = 0; i < count; i++)
            yield return new DagNode(_dag, Topology.Node(_dag.Topology.Out(Index)[i]));
    }

    /// <summary>The nodes that this one reads from, once per edge.</summary>
    public IEnumerable<DagNode> GetPredecessors()
    {
        int count = _dag.Topology.InDegree(Index);
        for (int i = 0; i < count; i++)
            yield return new DagNode(_dag, Topology.Node(_dag.Topology.In(Index)[i]));
    }

    /// <inheritdoc/>
    public bool Equals(DagNode other) => ReferenceEquals(_dag, other._dag) && Index == other.Index;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is DagNode other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => Index;

    /// <summary>Orders by row.</summary>
    public int CompareTo(DagNode other) => Index.CompareTo(other.Index);

    int IComparable.CompareTo(object? obj) => obj is DagNode other ? CompareTo(other) : 1;

    /// <summary>The id.</summary>
    public override string ToString() => Id;

    /// <summary>True when both are the same row of the same DAG.</summary>
    public static bool operator ==(DagNode left, DagNode right) => left.Equals(right);

    /// <summary>True when they differ.</summary>
    public static bool operator !=(DagNode left, DagNode right) => !left.Equals(right);

    /// <summary>Orders by row.</summary>
    public static bool operator <(DagNode left, DagNode right) => left.Index < right.Index;

    /// <summary>Orders by row.</summary>
    public static bool operator >(DagNode left, DagNode right) => left.Index > right.Index;

    /// <summary>Orders by row.</summary>
    public static bool operator <=(DagNode left, DagNode right) => left.Index <= right.Index;

    /// <summary>Orders by row.</summary>
    public static bool operator >=(DagNode left, DagNode right) => left.Index >= right.Index;
}
