using ParallelDag.Graphs;

namespace ParallelDag.Lowering;

/// <summary>Collects the edges of a pattern.</summary>
internal sealed class PatternBuilder
{
    private readonly List<int> _sources = [];
    private readonly List<int> _targets = [];

    /// <summary>Adds an edge between positions counted from the pattern's bases.</summary>
    public void Add(int source, int target, EdgeKind kind)
    {
        _sources.Add(source);
        _targets.Add(Topology.Pack(target, kind));
    }

    /// <summary>Freezes the pattern.</summary>
    public EdgePattern Build() => new([.. _sources], [.. _targets]);
}
