namespace ParallelDag.Graphs;

/// <summary>Edges between nodes counted from bases that are given later: written once, stamped wherever the same pattern recurs.</summary>
public sealed class EdgePattern
{
    private readonly int[] _sources;
    private readonly int[] _targets;

    /// <summary>A pattern over the given arrays, which it keeps.</summary>
    /// <param name="sources">The source of each edge, counted from the source base.</param>
    /// <param name="targets">The packed target (<see cref="Topology.Pack"/>) of each edge, counted from the target base.</param>
    public EdgePattern(int[] sources, int[] targets)
    {
        if (sources.Length != targets.Length)
            throw new ArgumentException("every edge has a source and a target", nameof(targets));
        _sources = sources;
        _targets = targets;
    }

    /// <summary>How many edges there are.</summary>
    public int Count => _sources.Length;

    /// <summary>The source of each edge, counted from the source base.</summary>
    public ReadOnlySpan<int> Sources => _sources;

    /// <summary>The packed target of each edge, counted from the target base.</summary>
    public ReadOnlySpan<int> Targets => _targets;
}

/// <summary>A pattern and where it lies.</summary>
/// <param name="Pattern">The edges.</param>
/// <param name="SourceBase">The node that sources are counted from.</param>
/// <param name="TargetBase">The node that targets are counted from.</param>
public readonly record struct EdgeStamp(EdgePattern Pattern, int SourceBase, int TargetBase);
