namespace ParallelDag;

/// <summary>One line of the tree that Show-ParallelDag prints: the whole graph, a phase, a stage or what lies outside the stages.</summary>
public sealed class DagTreeRow
{
    internal DagTreeRow(string graph, string tree, PhaseId? phase, int? stage, string gpus, long nodes, long communications, long edges)
    {
        Graph = graph;
        Tree = tree;
        Phase = phase?.Kind;
        Set = phase?.Set ?? 0;
        Stage = stage;
        Gpus = gpus;
        Nodes = nodes;
        Communications = communications;
        Edges = edges;
    }

    /// <summary>The graph, by name and level of detail.</summary>
    public string Graph { get; }

    /// <summary>The part, drawn as a branch of a tree: <c>├─ stage 1, layers 1-4</c>.</summary>
    public string Tree { get; }

    /// <summary>The phase; null for the whole graph.</summary>
    public PhaseKind? Phase { get; }

    /// <summary>The set of instances of the phase, from 1; 0 where all are alike.</summary>
    public int Set { get; }

    /// <summary>The stage; null for a phase, what lies outside the stages, or the whole graph.</summary>
    public int? Stage { get; }

    /// <summary>The GPUs of the part, as ranges.</summary>
    public string Gpus { get; }

    /// <summary>Its nodes.</summary>
    public long Nodes { get; }

    /// <summary>Those of its nodes that communicate.</summary>
    public long Communications { get; }

    /// <summary>The edges that leave its nodes.</summary>
    public long Edges { get; }

    /// <summary>The branch.</summary>
    public override string ToString() => Tree;
}
