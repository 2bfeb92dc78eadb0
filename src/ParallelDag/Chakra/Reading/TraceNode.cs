using ParallelDag.Chakra.Wire;
using ParallelDag.Wording;

namespace ParallelDag.Chakra.Reading;

/// <summary>A node of a trace, as its file tells it; null for what it does not tell.</summary>
internal sealed class TraceNode
{
    /// <summary>Its id: unique in the file, if the file is right.</summary>
    public ulong Id { get; set; }

    /// <summary>Its name; often empty.</summary>
    public string Name { get; set; } = "";

    /// <summary>What it is, by Chakra's number.</summary>
    public TraceNodeType Type { get; set; }

    /// <summary>The ids of the nodes that it comes after.</summary>
    public List<ulong> Control { get; } = [];

    /// <summary>The ids of the nodes that it reads.</summary>
    public List<ulong> Data { get; } = [];

    /// <summary>True for work of the host, which a simulator replays.</summary>
    public bool IsHost { get; set; }

    /// <summary>How long it took, in microseconds; 0 where it was not measured.</summary>
    public ulong Microseconds { get; set; }

    /// <summary>Operations of a computation.</summary>
    public ulong? Operations { get; set; }

    /// <summary>Bytes of memory of a computation.</summary>
    public ulong? TensorBytes { get; set; }

    /// <summary>The collective, by Chakra's number.</summary>
    public ulong? CollectiveType { get; set; }

    /// <summary>Bytes of a collective or a message.</summary>
    public ulong? Bytes { get; set; }

    /// <summary>The rank that sends.</summary>
    public ulong? Source { get; set; }

    /// <summary>The rank that receives.</summary>
    public ulong? Target { get; set; }

    /// <summary>The tag of a message.</summary>
    public ulong? Tag { get; set; }

    /// <summary>The group of a collective; null: all ranks.</summary>
    public string? Group { get; set; }

    /// <summary>True for a collective or an end of a message.</summary>
    public bool IsCommunication => Type is TraceNodeType.Send or TraceNodeType.Receive or TraceNodeType.Collective;

    /// <summary><c>node 17 (prefill_l1_dispatch_g0)</c>.</summary>
    public override string ToString() => Words.Invariant($"node {Id}") + (Name.Length == 0 ? "" : $" ({OneLine.Quote(Name)})");
}

/// <summary>The trace of one rank.</summary>
/// <param name="Name">The file, as the user named it or its neighbour.</param>
/// <param name="Rank">The rank, from the name of the file.</param>
/// <param name="Nodes">The nodes in the order of the file.</param>
internal sealed record TraceFile(string Name, int Rank, IReadOnlyList<TraceNode> Nodes);
