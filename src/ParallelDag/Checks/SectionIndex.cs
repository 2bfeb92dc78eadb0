using ParallelDag.Graphs;
using ParallelDag.Wording;

namespace ParallelDag.Checks;

/// <summary>
/// The sections of a DAG: the nodes of one layer (or, outside the layers, of one stage) of one phase for one micro-batch, in the order of
/// the columns.
/// </summary>
internal sealed class SectionIndex
{
    private readonly int[] _sectionOfScope;
    private readonly int[] _offsets;
    private readonly int[] _nodes;

    public SectionIndex(Dag dag)
    {
        var index = new Dictionary<NodeScope, int>();
        _sectionOfScope = new int[dag.ScopeTable.Length];
        for (int i = 0; i < _sectionOfScope.Length; i++)
        {
            if (!index.TryGetValue(dag.ScopeTable[i], out int section))
            {
                index.Add(dag.ScopeTable[i], section = Scopes.Count);
                Scopes.Add(dag.ScopeTable[i]);
            }

            _sectionOfScope[i] = section;
        }

        // Counting sort of the nodes by section; it keeps their order.
        _offsets = new int[Scopes.Count + 1];
        ReadOnlySpan<int> scopes = dag.ScopeColumn;
        for (int node = 0, next; node < scopes.Length; node = next)
        {
            next = EndOfRun(scopes, node);
            _offsets[_sectionOfScope[scopes[node]] + 1] += next - node;
        }

        for (int section = 0; section < Scopes.Count; section++)
            _offsets[section + 1] += _offsets[section];
        _nodes = GC.AllocateUninitializedArray<int>(scopes.Length);
        int[] cursors = _offsets[..^1];
        for (int node = 0, next; node < scopes.Length; node = next)
        {
            next = EndOfRun(scopes, node);
            ref int cursor = ref cursors[_sectionOfScope[scopes[node]]];
            for (int i = node; i < next; i++)
                _nodes[cursor++] = i;
        }
    }

    /// <summary>The nodes of a section mostly follow each other.</summary>
    private static int EndOfRun(ReadOnlySpan<int> scopes, int node)
    {
        int length = scopes[node..].IndexOfAnyExcept(scopes[node]);
        return length < 0 ? scopes.Length : node + length;
    }

    /// <summary>Where each section stands.</summary>
    public List<NodeScope> Scopes { get; } = [];

    /// <summary>How many sections there are.</summary>
    public int Count => Scopes.Count;

    /// <summary>The nodes of a section, ascending.</summary>
    public ReadOnlySpan<int> Nodes(int section) => _nodes.AsSpan(_offsets[section], _offsets[section + 1] - _offsets[section]);

    /// <summary>The section of a node.</summary>
    public int Of(Dag dag, int node) => _sectionOfScope[dag.ScopeColumn[node]];

    /// <summary><c>prefill layer 3, micro-batch 2</c>; outside the layers <c>prefill stage 1</c>.</summary>
    public string NameOf(int section)
    {
        NodeScope scope = Scopes[section];
        string phase = scope.Phase is PhaseId kind ? kind.ToName() + " " : "";
        string place = scope.Layer is not null ? Words.Invariant($"layer {scope.Layer}")
            : scope.Layers is string layers ? $"layers {Inspection.OneLine(layers)}" : scope.Stage is null ? "outside the stages"
                : Words.Invariant($"stage {scope.Stage}");
        return phase + place + (scope.MicroBatch > 0 ? Words.Invariant($", micro-batch {scope.MicroBatch}") : "");
    }
}
