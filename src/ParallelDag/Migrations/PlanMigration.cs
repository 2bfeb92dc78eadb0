using ParallelDag.Collections;
using ParallelDag.Migrations;
using ParallelDag.Units;
using ParallelDag.Wording;

namespace ParallelDag;

/// <summary>What moves.</summary>
public enum MigrationKind
{
    /// <summary>Weights.</summary>
    Weights,

    /// <summary>The cache of sequences that decode has under way.</summary>
    Cache,
}

/// <summary>What one GPU sends another, or reads from storage.</summary>
/// <param name="Kind">Weights or cache.</param>
/// <param name="From">The sender; null: storage.</param>
/// <param name="To">The receiver.</param>
/// <param name="Bytes">How much.</param>
/// <param name="Parts">How many parts of tensors.</param>
/// <param name="Link">The slowest link in between; null from storage.</param>
public sealed record MigrationMove(MigrationKind Kind, int? From, int To, long Bytes, int Parts, LinkLevel? Link)
{
    /// <summary><c>weights: GPU 0 -> GPU 4, 12 MiB</c>.</summary>
    public override string ToString() => Words.Invariant(
        $"{Kind.ToString().ToLowerInvariant()}: {(From is int from ? Words.Invariant($"GPU {from}") : "storage")} -> GPU {To}, ")
        + Quantity.FormatBytes(Bytes);
}

/// <summary>
/// The way from one plan to another on the same GPUs: what moves between which, how many bytes, and the least time that takes. A GPU keeps
/// what it has and needs; what nobody has comes from storage.
/// </summary>
public sealed class PlanMigration
{
    private readonly ClusterSpec _cluster;

    private PlanMigration(DeploymentPlan from, DeploymentPlan to, IReadOnlyList<MigrationMove> moves, Int128 kept)
    {
        (From, To, _cluster) = (from.Name, to.Name, to.Cluster);
        Moves = moves.ToValueList();
        KeptBytes = (long)Int128.Min(kept, long.MaxValue);
    }

    /// <summary>The name of the plan that runs.</summary>
    public string From { get; }

    /// <summary>The name of the plan that shall run.</summary>
    public string To { get; }

    /// <summary>What moves, one of each kind for each pair of GPUs, by receiver and sender.</summary>
    public IReadOnlyList<MigrationMove> Moves { get; }

    /// <summary>Bytes that GPUs have already where the new plan wants them.</summary>
    public long KeptBytes { get; }

    /// <summary>Weights that GPUs send each other.</summary>
    public long WeightBytes => Sum(move => move.Kind == MigrationKind.Weights && move.From is not null);

    /// <summary>Cache that GPUs send each other.</summary>
    public long CacheBytes => Sum(move => move.Kind == MigrationKind.Cache && move.From is not null);

    /// <summary>Bytes that no GPU has, so that they come from storage; of cache: that is lost and must be computed again.</summary>
    public long StorageBytes => Sum(move => move.From is null);

    /// <summary>Of what GPUs send each other, what crosses the network.</summary>
    public long NetworkBytes => Sum(move => move.Link == LinkLevel.Network);

    /// <summary>
    /// The least seconds between GPUs: no GPU can send or receive faster than its link of each level, and nothing else is in the way.
    /// Storage is not in it.
    /// </summary>
    public double LeastSeconds
    {
        get
        {
            double most = 0;
            foreach (IGrouping<LinkLevel, MigrationMove> level in Moves.Where(move => move.Link is not null).GroupBy(move =>
                move.Link!.Value))
            {
                double busiest = Math.Max(level.GroupBy(move => move.From).Max(gpu => gpu.Sum(move => (double)move.Bytes)),
                    level.GroupBy(move => move.To).Max(gpu => gpu.Sum(move => (double)move.Bytes)));
                most = Math.Max(most, busiest / _cluster.LinkOf(level.Key).Bandwidth);
            }

            return most;
        }
    }

    /// <summary>GPUs that get something.</summary>
    public GpuSet Receivers => GpuSet.FromGpus(Moves.Select(move => move.To));

    /// <summary>The migration from one plan to another.</summary>
    /// <param name="from">The plan that runs.</param>
    /// <param name="to">The plan that shall run.</param>
    /// <param name="cancellation">Ends the work early.</param>
    /// <exception cref="InputException">The clusters are not the same.</exception>
    public static PlanMigration Of(DeploymentPlan from, DeploymentPlan to, CancellationToken cancellation = default)
    {
        if (from.Cluster with { Pool = to.Cluster.Pool } != to.Cluster)
        {
            throw new InputException(
                $"{from.Name} runs on {from.Cluster} and {to.Name} on {to.Cluster}; a migration keeps the GPUs and links "
                + "of the cluster, so give both plans the same 'cluster'");
        }

        (List<MigrationPiece> weights, Int128 keptWeights) =
            MigrationPieces.Of(Holdings.OfWeights(from), Holdings.OfWeights(to), cancellation);
        (List<MigrationPiece> cache, Int128 keptCache) = MigrationPieces.Of(Holdings.OfCache(from), Holdings.OfCache(to), cancellation);
        return new PlanMigration(from, to,
            [.. MovesOf(MigrationKind.Weights, weights, to.Cluster), .. MovesOf(MigrationKind.Cache, cache, to.Cluster)],
                keptWeights + keptCache);
    }

    /// <summary><c>a -> b: 1.2 GiB of weights and 40 MiB of cache move, 3 GiB stay, at least 12 ms</c>.</summary>
    public override string ToString() => Moves.Count == 0 ? $"{From} -> {To}: nothing moves"
        : $"{From} -> {To}: {Quantity.FormatBytes(WeightBytes)} of weights and {Quantity.FormatBytes(CacheBytes)} of cache move"
            + (StorageBytes > 0 ? $", {Quantity.FormatBytes(StorageBytes)} come from storage or are computed again" : "")
            + $", {Quantity.FormatBytes(KeptBytes)} stay; at least {Quantity.FormatSeconds(LeastSeconds)}";

    private static IEnumerable<MigrationMove> MovesOf(MigrationKind kind, List<MigrationPiece> pieces, ClusterSpec cluster) => pieces
        .GroupBy(piece => (piece.To, piece.From)).OrderBy(pair => pair.Key.To).ThenBy(pair => pair.Key.From ?? -1)
        .Select(pair => new MigrationMove(kind, pair.Key.From, pair.Key.To, checked(pair.Sum(piece => piece.Bytes)), pair.Count(),
            pair.Key.From is int from ? cluster.SpanOf([from, pair.Key.To]).Level : null));

    private long Sum(Func<MigrationMove, bool> which) => Moves.Where(which).Sum(move => move.Bytes);
}
