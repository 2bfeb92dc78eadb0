using ParallelDag.Graphs;
using ParallelDag.Meshes;
using ParallelDag.Operators;
using ParallelDag.Precisions;
using ParallelDag.Tensors;

namespace ParallelDag.Layers;

/// <summary>
/// Attention of decode against a cache that is split by token over dcp ranks, as vLLM's decode context parallelism has it:
/// <code>
/// queries        heads over tp -> heads over htp       All-Gather over dcp
/// core           partial outputs, and their logarithms of summed exponentials (LSE), from each rank's positions
/// LSE            one a rank -> all of the dcp group's  All-Gather over dcp
/// correction     each rank scales its output by what the LSEs say of its share; the outputs are then a sum that is owed
/// outputs        Partial(dcp) -> heads over tp         Reduce-Scatter over dcp
/// </code>
/// (vllm/v1/attention/ops/common.py, cp_lse_ag_out_rs.)
/// </summary>
internal static class SplitCacheAttention
{
    private static readonly Axis[] BySequenceAndHeads = [Axis.Sp, Axis.Htp];
    private static readonly Axis[] ByCacheAxes = [Axis.Sp, Axis.Htp, Axis.Dcp];

    /// <summary>A cached tensor [batch, positions, units, width], as the step's last position finds it: units over htp, positions over
    /// dcp.</summary>
    public static ShardedTensor Cached(PhaseContext context, Mixer mixer, CachedTensor tensor)
    {
        int heads = context.CacheMesh.Degree(Axis.Htp);
        ShardedTensor tokens = tensor.Dimension is null
            ? context.Tokens(tensor.Name, tensor.FormatIn(context.Precision), (tensor.WidthName, tensor.Width))
            : context.Tokens(tensor.Name, tensor.FormatIn(context.Precision),
                (tensor.Dimension, tensor.Slots(heads)), (tensor.WidthName, tensor.Width));
        var dimensions = tokens.Dimensions.Select(dimension =>
            dimension.Name == "seq_len" ? ("seq_len", mixer.CachedPositions(context.Length)) : dimension);
        var cached = new ShardedTensor(tensor.Name, context.CacheMesh, tokens.Format, [.. dimensions], tokens.Placements);
        return tensor.Dimension is null
            ? cached.With((Axis.Dcp, Placement.Shard("seq_len")))
            : cached.With((Axis.Htp, Placement.Shard(tensor.Dimension)), (Axis.Dcp, Placement.Shard("seq_len")));
    }

    /// <summary>Adds attention behind a projection.</summary>
    /// <param name="program">The layer's program.</param>
    /// <param name="layer">The layer.</param>
    /// <param name="query">The queries, heads over tp.</param>
    /// <param name="sources">What the projection yields for the cache, and what else attention reads.</param>
    /// <param name="extra">Tensors beside queries and cache that attention reads.</param>
    /// <param name="weights">Weights of the core.</param>
    /// <param name="attended">What attention yields in the end, heads over tp.</param>
    /// <param name="pairs">Pairs of a sequence.</param>
    /// <param name="each">Operations of a pair and head.</param>
    public static (OperatorStep Core, StepValue Output) Add(
        ProgramBuilder program,
        LayerContext layer,
        StepValue query,
        IReadOnlyList<StepSource> sources,
        IReadOnlyList<ITensor> extra,
        IReadOnlyList<PlacedWeight> weights,
        ShardedTensor attended,
        long pairs,
        long each)
    {
        PhaseContext context = layer.Phase;
        Mixer mixer = layer.Spec.Mixer!;
        int ranks = context.Strategy.KvParallel;
        ShardedTensor asked = context.ByCacheAxes(query.Sharded);
        StepValue gathered = program.Redistribute(
            query with { Tensor = asked }, asked.With((Axis.Dcp, Placement.Replicate)),
            new CollectiveSite("query", "queries", BySequenceAndHeads));
        ShardedTensor queries = gathered.Sharded;
        ShardedTensor whole = context.ByCacheAxes(attended), partial = Renamed(whole.With((Axis.Dcp, Placement.Partial)), "O");
        var sums = new ShardedTensor(
            "LSE", context.CacheMesh, NumberFormat.Fp32, [.. queries.Dimensions.Take(3), ("parts", ranks)],
            queries.With((Axis.Dcp, Placement.Shard("parts"))).Placements);
        OperatorStep core = program.Add(new OperatorStep
        {
            Op = Ops.Attention,
            Name = "Attention (its part of the KV cache)",
            Kernel = AttentionCore.Kernel(context, latent: mixer is LatentAttention),
            Mesh = context.CacheMesh,
            Split = ByCacheAxes,
            Sources = [StepSource.Data(gathered), .. sources],
            Inputs = [queries, .. mixer.Cache.Select(tensor => Cached(context, mixer, tensor)), .. extra],
            Outputs = [partial, sums],
            Weights = weights,
            Work = [new SplitPairWork(queries, pairs, each, Axis.Dcp)],
        });
        StepValue known = program.Redistribute(
            new StepValue(core, sums), sums.With((Axis.Dcp, Placement.Replicate)),
            new CollectiveSite("lse", "LSE of attention", BySequenceAndHeads));
        ShardedTensor scaled = Renamed(partial, null);
        OperatorStep correction = program.Add(new OperatorStep
        {
            Op = Ops.AttentionMerge,
            Name = "Attention Merge (scaling by LSE)",
            Mesh = context.CacheMesh,
            Split = ByCacheAxes,
            Sources = [StepSource.Data(new StepValue(core, partial)), StepSource.Data(known)],
            Outputs = [scaled],
            Work = [new ElementWork(scaled, 1)],
        });
        StepValue merged = program.Redistribute(
            new StepValue(correction, scaled), scaled.With((Axis.Dcp, Placement.Shard(scaled.Dimensions[2].Name))),
            new CollectiveSite("attention_merge", "partial attention", BySequenceAndHeads));
        return (core, merged with { Tensor = attended });
    }

    private static ShardedTensor Renamed(ShardedTensor tensor, string? name) =>
        new(name, tensor.Mesh, tensor.Format, tensor.Dimensions, tensor.Placements);
}
