using ParallelDag.Meshes;
using ParallelDag.Operators;
using ParallelDag.Tensors;
using ParallelDag.Wording;

namespace ParallelDag.Layers;

/// <summary>
/// How the tokens of a phase meet their experts. A block is the ranks over which one copy of a layer's experts is spread: an EP group and
/// the ranks that split its experts. What happens follows from where the tokens lie on a block:
/// <code>
/// allToAll   the members of an EP group hold different tokens: each goes to the ranks of its experts, and back
/// allGather  Shard(tokens) -> Replicate on the axes of the block that split tokens, own experts, Partial -> Shard(tokens);
///            what is owed over tp besides rides with the All-Reduce of the block of the layer
/// none       all ranks of the block hold the same tokens: own experts, the sum is Partial over the block and rides with that All-Reduce
/// </code>
/// Where a plan does not say: none on equal tokens, allToAll over EP groups whose tokens differ, else allGather (experts that are split
/// over data-parallel ranks, as vLLM does without expert parallelism).
/// </summary>
internal sealed class DispatchRule
{
    private readonly PhaseContext _context;
    private readonly int[][] _blocks;
    private readonly int[][] _expertGroups;
    private readonly int[][] _tensorGroups;

    /// <summary>The rule of a phase.</summary>
    public DispatchRule(PhaseContext context)
    {
        _context = context;
        DeviceMesh mesh = context.ExpertMesh;
        _expertGroups = mesh.Groups(Axis.Ep);
        _tensorGroups = mesh.Groups(context.ExpertTensorAxis);
        _blocks = mesh.Groups(Axis.Ep, context.ExpertTensorAxis);
        BlockAxes = TokenSpread.AxesOfGroups(context.Mesh, _blocks);
        Mode = context.Strategy.Dispatch ?? Default();
    }

    /// <summary>How tokens meet their experts.</summary>
    public ExpertDispatch Mode { get; }

    /// <summary>The axes of the attention mesh that make up a block; null where a block cuts an axis.</summary>
    public IReadOnlyList<Axis>? BlockAxes { get; }

    /// <summary>
    /// True when the gate and the exchange take the stream as the norms have it; false when they take it whole on every tp rank.
    /// </summary>
    public bool TakesStream => Mode switch
    {
        ExpertDispatch.AllToAll => HasOwnTokens,
        ExpertDispatch.AllGather => true,
        _ => _blocks[0].Length == 1,
    };

    /// <summary>
    /// Why the tokens of the phase cannot meet their experts so: the phase's key at fault, and what to change. Null when they can.
    /// </summary>
    public (string Key, string Message)? Fault()
    {
        PhaseStrategy strategy = _context.Strategy;
        int tp = strategy.Tp;
        return Mode switch
        {
            ExpertDispatch.None when Spread(_blocks, _context.Hidden) != Distinctness.Same => ("dispatch",
                "dispatch: none needs the same tokens on all ranks that share a layer's experts, but batch or sequence is split over them; "
                + (Spread(_expertGroups, _context.Stream) == Distinctness.Distinct
                    ? "use dispatch: allToAll or allGather" : "use dispatch: allGather")),
            ExpertDispatch.AllGather => GatherFault(),
            ExpertDispatch.AllToAll => RoutingFault(Words.Invariant($"tp {tp}")),
            _ => null,
        };
    }

    private bool HasOwnTokens => _context.Strategy.ExpertParallel == ExpertParallelMode.Folded || _context.ExpertMesh.Degree(Axis.Ep) > 1;

    private ExpertDispatch Default()
    {
        ShardedTensor tokens = HasOwnTokens ? _context.Stream : _context.Hidden;
        return Spread(_blocks, tokens) == Distinctness.Same ? ExpertDispatch.None
            : Spread(_expertGroups, tokens) == Distinctness.Same ? ExpertDispatch.AllGather
            : ExpertDispatch.AllToAll;
    }

    private static Distinctness Spread(int[][] groups, ShardedTensor tokens) => TokenSpread.Over(groups, tokens);

    /// <summary>
    /// Tokens that are replicated over tp must not meet in one EP group, nor meet others in one etp group: they would be computed twice.
    /// An etp group that lies within a tp group is fine, because it splits the expert, not the tokens.
    /// </summary>
    private (string, string)? RoutingFault(string tp)
    {
        bool asked = _context.Strategy.Dispatch is not null;
        Distinctness groups = Spread(_expertGroups, _context.Stream);
        if (_context.ExpertMesh.Degree(Axis.Ep) > 1 && groups != Distinctness.Distinct)
        {
            string instead = Spread(_blocks, _context.Hidden) == Distinctness.Same
                ? "dispatch: none, which lets each rank run its own experts on them"
                : "dispatch: allGather (dispatch: none where all ranks of the group hold the same tokens)";
            return (asked ? "dispatch" : "ep",
                Words.Invariant($"the EP groups of folded ep {_context.Strategy.Ep} join tensor-parallel ranks ({tp}), ")
                    + "which hold the same tokens, so an All-to-All would send each more than once; "
                + $"use attentionOutput: reduceScatter, which splits them, or {instead}");
        }

        Distinctness split = Spread(_tensorGroups, _context.Stream);
        bool twice = split == Distinctness.Mixed || (split == Distinctness.Distinct
            && Spread(_blocks, _context.Stream) != Distinctness.Distinct);
        return !twice ? null : (asked ? "dispatch" : "etp",
            Words.Invariant($"the groups of etp {_context.Strategy.Etp} join tensor-parallel ranks ({tp}) with others; ")
            + "use dispatch: allGather, attentionOutput: reduceScatter, or an etp that divides tp");
    }

    private (string, string)? GatherFault()
    {
        if (Spread(_blocks, _context.Stream) == Distinctness.Same)
            return null;
        if (BlockAxes is null)
        {
            return ("dispatch",
                Words.Invariant($"dispatch: allGather gathers over whole axes, but ep*etp = {_blocks[0].Length} cuts one; ")
                + "choose ep and etp whose product is that of the inner axes of order, or use dispatch: allToAll");
        }

        return !_context.SplitsNorms || BlockAxes.Contains(Axis.Tp) ? null : ("order",
            "dispatch: allGather with attentionOutput: reduceScatter gathers over tp too, but the experts lie on other axes; "
            + "put tp first in order");
    }
}
