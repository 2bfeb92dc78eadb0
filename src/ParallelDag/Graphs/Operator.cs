using ParallelDag.Meshes;

namespace ParallelDag.Graphs;

/// <summary>
/// What rules, readers, pictures and reports know of one operator; a row of <see cref="Ops.Table"/>. How an operator computes is declared
/// by the block that adds it.
/// </summary>
public sealed class Operator
{
    internal Operator(string name, NodeKind kind, string title)
    {
        Name = name;
        Kind = kind;
        Title = title;
    }

    /// <summary>The name that files carry in <c>op</c>.</summary>
    public string Name { get; }

    /// <summary>The kind of its nodes.</summary>
    public NodeKind Kind { get; }

    /// <summary>What people call it, before a strategy adds to the name (<c>(column-parallel)</c>).</summary>
    public string Title { get; }

    /// <summary>What it is to the rules.</summary>
    public OperatorRole Role { get; internal init; }

    /// <summary>Where in a phase it stands.</summary>
    public OperatorPlace Place { get; internal init; }

    /// <summary>The collective that it is; None for what computes.</summary>
    public CollectiveKind Collective { get; internal init; }

    /// <summary>
    /// The sets of axes that its process groups may span, the usual one first. Several where the strategy decides: a sum of expert outputs
    /// is owed over tp or, folded, over etp. Empty for what computes and for transfers between stages and phases.
    /// </summary>
    public IReadOnlyList<IReadOnlyList<Axis>> GroupAxes { get; internal init; } = [];

    /// <summary>The words by which a drawing may call it: lower case, without spaces and hyphens.</summary>
    public IReadOnlyList<string> Words { get; internal init; } = [];

    /// <summary>A dimension of which it reads another size than its producer yields; null when sizes agree.</summary>
    public ReadPart? Reads { get; internal init; }

    /// <summary>True when no layer, entry or exit is complete without it, whatever the model and the strategy.</summary>
    public bool Always { get; internal init; }

    /// <summary>
    /// The class of its kernel where a step does not say another: by its role, and a matrix product unless it has one of elements.
    /// </summary>
    public KernelClass Kernel
    {
        get => field != KernelClass.None || Collective != CollectiveKind.None || Kind is NodeKind.Input or NodeKind.Output
            ? field
            : Role switch
        {
            OperatorRole.Norm or OperatorRole.Residual or OperatorRole.Aggregation or OperatorRole.Split or OperatorRole.Selection =>
                KernelClass.Elementwise,
            OperatorRole.Core => KernelClass.AttentionPrefill,
            OperatorRole.Experts => KernelClass.Experts,
            _ => KernelClass.Gemm,
        };
        internal init;
    }

    /// <summary>True when an overview draws it as a block of its own.</summary>
    public bool StandsAlone =>
        Kind != NodeKind.Computation || Role is OperatorRole.Gate or OperatorRole.Experts or OperatorRole.SharedExperts;

    /// <summary>The name.</summary>
    public override string ToString() => Name;
}

/// <summary>How much of a dimension an operator reads.</summary>
public enum ReadAmount
{
    /// <summary>A part of what the Input holds: one micro-batch, or a chunk of its prompts.</summary>
    PartOfInput,

    /// <summary>Its last position alone.</summary>
    Last,

    /// <summary>More than one producer yields: the rest comes from the cache, around a ring, from other replicas, or is copied.</summary>
    More,
}

/// <summary>A dimension of which an operator reads another size than its producer yields.</summary>
/// <param name="Dimension">The dimension.</param>
/// <param name="Amount">How much of it.</param>
public sealed record ReadPart(string Dimension, ReadAmount Amount)
{
    /// <summary>True when <paramref name="taken"/> may be read where <paramref name="yielded"/> is produced.</summary>
    public bool Allows(Operator? producer, string dimension, long yielded, long taken) => Amount switch
    {
        ReadAmount.PartOfInput => dimension is "batch_size" or "seq_len" && producer?.Role == OperatorRole.Input && taken < yielded,
        _ when dimension != Dimension => false,
        ReadAmount.Last => taken == 1,
        _ => taken > yielded,
    };
}
