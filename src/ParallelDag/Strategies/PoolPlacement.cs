using ParallelDag.Meshes;
using ParallelDag.Wording;

namespace ParallelDag.Strategies;

/// <summary>
/// Lays the ranks of both phases on the GPUs of the cluster.
/// <para>
/// Prefill: GPU = rank. Decode, unified pool, when it can use prefill's weights (<see cref="SharesWeights"/>): the GPU of the prefill rank
/// with the same (pp, dp, ep, tp) and sp = 0; otherwise contiguously from GPU 0, and weights are held twice. Decode, disaggregated: after
/// the prefill GPUs, sets of instances one behind the other. <c>firstGpu</c> moves either phase, or a set, of a disaggregated pool.
/// Worked example: prefill pp4 ep4 tp2 sp2, decode pp4 ep4 tp2: decode stage 1 is GPUs 0-1,4-5,8-9,12-13.
/// </para>
/// </summary>
internal static class PoolPlacement
{
    /// <summary>
    /// The first GPU of every set of instances of both phases, in their order: each behind the one before it, or where its <c>firstGpu</c>
    /// says; decode behind all of prefill. (On a unified pool decode's place follows from prefill's, <see cref="Decode"/>.)
    /// </summary>
    public static IReadOnlyList<(PhaseId Id, PhaseStrategy Strategy, long First)> Places(PhaseStrategy? prefill, PhaseStrategy? decode)
    {
        var places = new List<(PhaseId, PhaseStrategy, long)>();
        long next = 0, end = 0;
        foreach ((PhaseId id, PhaseStrategy strategy) in InstanceSets.Of(prefill, decode))
        {
            if (id is { Kind: PhaseKind.Decode, Set: <= 1 })
                next = end;
            long first = strategy.FirstGpu ?? next;
            places.Add((id, strategy, first));
            next = first + strategy.WorldSize;
            end = Math.Max(end, next);
        }

        return places;
    }

    /// <summary>The GPU of each rank of a set that begins with <paramref name="first"/>.</summary>
    public static int[] From(PhaseStrategy strategy, long first) => [.. Enumerable.Range((int)first, (int)strategy.WorldSize)];

    /// <summary>The GPU of each decode rank on a unified pool.</summary>
    public static int[] Decode(PhaseStrategy decode, PhaseStrategy prefill, bool sharesWeights) =>
        sharesWeights ? Resident(decode, prefill) : From(decode, 0);

    /// <summary>
    /// True when a decode rank finds its weights on a prefill GPU: pp, dp, ep, tp, expertParallel, etp, attentionOutput, the layer split
    /// and whatever else says who holds what (redundantExperts, denseTp, headTp, vocabPadding) agree and, folded,
    /// the GPU has the same (ep, etp) coordinates in both phases.
    /// </summary>
    public static bool SharesWeights(PhaseStrategy prefill, PhaseStrategy decode,
        IReadOnlyList<int> prefillLayers, IReadOnlyList<int> decodeLayers)
    {
        return !Differences(prefill, decode, prefillLayers, decodeLayers).Any();
    }

    /// <summary>Why a decode rank does not find its weights: each key in which the layouts differ, with both values.</summary>
    public static IEnumerable<string> Differences(
        PhaseStrategy prefill, PhaseStrategy decode, IReadOnlyList<int> prefillLayers, IReadOnlyList<int> decodeLayers)
    {
        (string Key, object Prefill, object Decode)[] keys =
        [
            ("pp", prefill.Pp, decode.Pp), ("dp", prefill.Dp, decode.Dp), ("ep", prefill.Ep, decode.Ep), ("tp", prefill.Tp, decode.Tp),
            ("expertParallel", prefill.ExpertParallel, decode.ExpertParallel), ("etp", prefill.Etp, decode.Etp),
            ("attentionOutput", prefill.AttentionOutput, decode.AttentionOutput),
            ("redundantExperts", prefill.RedundantExperts, decode.RedundantExperts),
            ("denseTp", Own(prefill.DenseTp, prefill), Own(decode.DenseTp, decode)),
            ("headTp", Own(prefill.HeadTp, prefill), Own(decode.HeadTp, decode)),
            ("vocabPadding", prefill.VocabPadding, decode.VocabPadding),
        ];
        string[] different =
            [.. keys.Where(key => !key.Prefill.Equals(key.Decode))
                .Select(key => Words.Invariant($"{key.Key} {key.Prefill} and {key.Decode}"))];
        if (decode.Replicas > prefill.Replicas)
            different = [.. different, Words.Invariant($"replicas {prefill.Replicas} and {decode.Replicas}")];
        if (!prefillLayers.SequenceEqual(decodeLayers))
            different = [.. different, $"layers per stage {string.Join(',', prefillLayers)} and {string.Join(',', decodeLayers)}"];
        return different.Length > 0 ? different
            : prefill.ExpertParallel == ExpertParallelMode.Folded && !SameExpertCoordinates(prefill, decode)
                ? ["the experts of a GPU"] : [];
    }

    /// <summary>A degree that a phase names beside tp.</summary>
    private static object Own(int? degree, PhaseStrategy strategy) => degree is int own && own != strategy.Tp ? own : "tp";

    private static int[] Resident(PhaseStrategy decode, PhaseStrategy prefill)
    {
        DeviceMesh from = StrategyMesh.OfPhase(decode), to = StrategyMesh.OfPhase(prefill);
        return [.. Enumerable.Range(0, from.Size)
            .Select(rank => to.Rank([.. from.Axes.Where(axis => axis != Axis.Sp).Select(axis => (axis, from.Coordinate(rank, axis)))]))];
    }

    private static bool SameExpertCoordinates(PhaseStrategy prefill, PhaseStrategy decode)
    {
        DeviceMesh decodeStage = StrategyMesh.OfStage(decode), prefillStage = StrategyMesh.OfStage(prefill);
        DeviceMesh decodeExperts = StrategyMesh.OfExperts(decode), prefillExperts = StrategyMesh.OfExperts(prefill);
        for (int rank = 0; rank < decodeStage.Size; rank++)
        {
            int other = prefillStage.Rank(
                [.. decodeStage.Axes.Where(axis => axis != Axis.Sp).Select(axis => (axis, decodeStage.Coordinate(rank, axis)))]);
            if (decodeExperts.Coordinate(rank, Axis.Ep) != prefillExperts.Coordinate(other, Axis.Ep)
                || decodeExperts.Coordinate(rank, Axis.Etp) != prefillExperts.Coordinate(other, Axis.Etp))
            {
                return false;
            }
        }

        return true;
    }
}
