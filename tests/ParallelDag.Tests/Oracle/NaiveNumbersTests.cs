using ParallelDag.Graphs;
using ParallelDag.Layers;
using ParallelDag.Lowering;
using ParallelDag.Meshes;
using ParallelDag.Plans;
using ParallelDag.Precisions;
using ParallelDag.Strategies;
using ParallelDag.Tests.Support;

namespace ParallelDag.Tests.Oracle;

/// <summary>
/// FLOPs, HBM bytes, weights, cache and hand-off of random plans against loops over ranks, sequences, positions and heads.
/// </summary>
public class NaiveNumbersTests
{
#if MUTANTS
    private const int Plans = 8;
#else
    private const int Plans = 150;
#endif

    private static IEnumerable<(int Seed, DeploymentPlan Plan)> GroupedPlans()
    {
        for (int seed = 0, found = 0; found < Plans; seed++)
        {
            DeploymentPlan plan = TestPlans.Random(seed);
            bool plain = plan.Model.LayerKinds.All(layer => layer.Mixer is GroupedAttention
                && layer.FeedForward is DenseFeedForward or MoeFeedForward
                && layer.Style is LayerStyle.PreNorm or LayerStyle.SandwichNorm);
            if (!plain)
                continue;
            found++;
            yield return (seed, plan);
        }
    }

    [Fact]
    public void FLOPs_of_every_GPU_are_those_of_the_loops()
    {
        foreach ((int seed, DeploymentPlan plan) in GroupedPlans())
        {
            Dag dag = DagGenerator.Generate(plan, DetailLevel.Device);
            foreach (PhaseLayout layout in plan.Phases)
            {
                var expected = new Dictionary<(string Op, int Layer, int MicroBatch, int Gpu), decimal>();
                for (int microBatch = 0; microBatch < NaiveRank.Passes(plan, layout); microBatch++)
                {
                    for (int rank = 0; rank < layout.StageMesh.Size; rank++)
                    {
                        var naive = new NaiveRank(plan, layout, rank, microBatch);
                        for (int layer = 1; layer <= plan.Model.Layers.Count; layer++)
                        {
                            int gpu = layout.StageGpus[layout.StageOf(layer) - 1][rank];
                            foreach ((string op, decimal flops) in LayerFlops(plan.Model, plan.Model.Layer(layer), naive))
                                expected[(op, layer, microBatch, gpu)] = flops;
                        }
                    }
                }

                // The blocks of ring attention together do what attention does.
                foreach (var nodes in dag.Nodes.Where(node => node.PhaseId == layout.Id && node.Layer is not null && node.Gpus!.Count == 1)
                    .GroupBy(node => (node.Op!, node.Layer!.Value, node.MicroBatch, node.Gpus!.First)))
                {
                    decimal own = nodes.Sum(node => node.Flops);
                    if (expected.TryGetValue(nodes.Key, out decimal flops))
                        Assert.True(flops == own, $"seed {seed} {nodes.First().Id}: {own}, by loops {flops} | {plan} | {plan.Model}");
                }
            }
        }
    }

    /// <summary>
    /// Every token visits its experts once in each block of ranks that holds them all, whatever the strategy and the dispatch.
    /// </summary>
    [Fact]
    public void FLOPs_of_routed_experts_add_up_to_every_token_times_top_k()
    {
        int seen = 0;
        foreach ((int seed, DeploymentPlan plan) in GroupedPlans())
        {
            Dag dag = DagGenerator.Generate(plan, DetailLevel.Device);
            foreach (PhaseLayout layout in plan.Phases)
            {
                for (int layer = 1; layer <= plan.Model.Layers.Count; layer++)
                {
                    if (plan.Model.Layer(layer).FeedForward is not MoeFeedForward moe)
                        continue;
                    long tokens = 0;
                    for (int microBatch = 0; microBatch < NaiveRank.Passes(plan, layout); microBatch++)
                    {
                        foreach (List<int> block in NaiveRank.ExpertBlocks(layout))
                        {
                            var distinct = new HashSet<(int, int)>();
                            foreach (NaiveRank rank in block.Select(rank => new NaiveRank(plan, layout, rank, microBatch)))
                                distinct.UnionWith(rank.ExpertSequences
                                    .SelectMany(sequence => rank.ExpertPositions.Select(position => (sequence, position))));
                            tokens += distinct.Count;
                        }
                    }

                    long width = moe.LatentWidth == 0 ? plan.Model.Hidden : moe.LatentWidth;
                    decimal expected = (decimal)tokens * moe.TopK * 2 * width * moe.Ffn * (moe.Gated ? 3 : 2);
                    decimal actual = dag.Nodes.Where(node => node.PhaseId == layout.Id && node.Layer == layer && node.Op == Ops.Experts)
                        .Sum(node => node.Flops);
                    Assert.True(expected == actual,
                        $"seed {seed} {layout.Phase} layer {layer}: {actual}, by loops {expected} | {plan}");
                    seen++;
                }
            }
        }

        Assert.True(seen > Plans * 2 / 3, $"only {seen} layers with experts");
    }

    [Fact]
    public void HBM_bytes_of_linear_layers_are_weights_inputs_and_outputs()
    {
        foreach ((int seed, DeploymentPlan plan) in GroupedPlans())
        {
            Dag dag = DagGenerator.Generate(plan, DetailLevel.Device);
            int hidden = plan.Model.Hidden;
            foreach (DagNode node in dag.Nodes.Where(node => node.Op is Ops.FfnUp or Ops.Gate or Ops.AttentionNorm
                && node.Layer is not null))
            {
                LayerSpec layer = plan.Model.Layer(node.Layer!.Value);
                long Elements(TensorList tensors) => tensors.Tensors.Sum(tensor => tensor.Shape.Elements!.Value);
                long weights;
                if (node.Op == Ops.AttentionNorm)
                {
                    weights = 2L * hidden * (layer.Norm == NormKind.LayerBias ? 2 : 1);
                }
                else if (node.Op == Ops.Gate)
                {
                    MoeFeedForward moe = layer.FeedForward!.Experts!;
                    weights = 2L * hidden * moe.ExpertCount + (moe.RouterBias ? 2L * moe.ExpertCount : 0)
                        + (moe.ScoreCorrection ? 4L * moe.ExpertCount : 0)
                        + (moe.RouterScales ? 2L * (hidden + moe.ExpertCount) : 0);
                }
                else
                {
                    DenseFeedForward dense = layer.FeedForward as DenseFeedForward ?? layer.FeedForward!.Experts!.Beside!;
                    PhaseStrategy strategy = plan.Layout(node.PhaseId!.Value)!.Strategy;
                    long rows = dense.Ffn / (strategy.DenseTp ?? strategy.Tp);
                    weights = (dense.Gated ? 2 : 1) * (MatrixBytes(plan.Model.Precision.Weights, rows, hidden)
                        + (dense.Bias ? 2 * rows : 0)) + (2 * dense.ActivationWeights);
                }

                long expected = weights + (2 * (Elements(node.Facts.Input) + Elements(node.Facts.Output)));
                Assert.True(expected == node.Facts.HbmBytes,
                    $"seed {seed} {node.Id}: {node.Facts.HbmBytes}, by hand {expected} | {plan} | {plan.Model}");
            }
        }
    }

    /// <summary>Each byte of the prompt's cache that a decode GPU reads: does it lie there already, or not?</summary>
    [Fact]
    public void The_hand_off_moves_each_byte_that_is_not_there_once()
    {
        int both = 0;
        foreach ((int seed, DeploymentPlan plan) in GroupedPlans())
        {
            PhaseLayout[] prefills = [.. plan.LayoutsOf(PhaseKind.Prefill)], decodes = [.. plan.LayoutsOf(PhaseKind.Decode)];
            if (prefills.Length == 0 || decodes.Length == 0)
                continue;
            both++;
            for (int layer = 1; layer <= plan.Model.Layers.Count; layer++)
            {
                var attention = (GroupedAttention)plan.Model.Layer(layer).Mixer!;
                HashSet<(int Gpu, int Sequence, int Position, int Head)> held =
                    [.. prefills.SelectMany(prefill => Held(plan, prefill, layer, attention))],
                    read = Taken(plan, [.. decodes.SelectMany(decode => Read(plan, decode, layer, attention))]);
                long unit = plan.Model.Precision.KvCache.Bits / 8 * (attention.SharedKeyValue ? attention.HeadDim : attention.HeadDim
                    + attention.ValueDim);
                long needed = read.Count * unit, moved = read.Count(item => !held.Contains(item)) * unit;
                KvReceiver[] receivers = [.. HandedSets.Of(plan).SelectMany(sets => new LayerReshards(sets)[layer].Receivers)];
                Assert.True(needed == receivers.Sum(receiver => receiver.NeededBytes),
                    $"seed {seed} layer {layer}: needed {needed} | {plan}");
                Assert.True(moved == receivers.Sum(receiver => receiver.MovedBytes), $"seed {seed} layer {layer}: moved {moved} | {plan}");

                // Whoever is asked for something holds it.
                foreach (KvReceiver receiver in receivers)
                    Assert.All(receiver.Routes, route => Assert.Contains(held, item => item.Gpu == route.Gpu));
            }
        }

        Assert.True(both > Plans / 5, $"only {both} plans with both phases");
    }

    [Fact]
    public void Cache_of_the_fullest_GPU_is_what_it_holds_position_by_position()
    {
        foreach ((int seed, DeploymentPlan plan) in GroupedPlans())
        {
            IReadOnlyList<DagMemory> memory = MemoryPlan.Of(plan);
            foreach (PhaseLayout layout in plan.Phases)
            {
                foreach (DagStage stage in layout.Stages)
                {
                    var bytes = new Dictionary<int, long>();
                    for (int layer = stage.FirstLayer; layer <= stage.LastLayer; layer++)
                    {
                        var attention = (GroupedAttention)plan.Model.Layer(layer).Mixer!;
                        long unit = plan.Model.Precision.KvCache.Bits / 8 * (attention.SharedKeyValue ? attention.HeadDim
                            : attention.HeadDim + attention.ValueDim);
                        HashSet<(int Gpu, int Sequence, int Position, int Head)> cells = layout.Phase == PhaseKind.Prefill
                            ? Held(plan, layout, layer, attention)
                                : Read(plan, layout, layer, attention, plan.Workload.PromptLength + plan.Workload.OutputLength);
                        foreach ((int gpu, _, _, _) in cells)
                            bytes[gpu] = bytes.GetValueOrDefault(gpu) + unit;
                    }

                    DagMemory told = memory.Single(entry => entry.Phase == layout.Id && entry.Stage == stage.Index);
                    Assert.True(
                        bytes.ContainsValue(told.KvCacheBytes),
                            $"seed {seed} {layout.Phase} stage {stage.Index}: {told.KvCacheBytes} on no GPU | {plan}");
                    Assert.True(bytes.Values.Max() - told.KvCacheBytes >= 0);
                }
            }
        }
    }

    /// <summary>
    /// What of a decode cache comes from prefill, by the numbers that sequences have there: dealt out one by one, the k-th takes the
    /// first place that the share of
    /// k of the places before it leaves free.
    /// </summary>
    private static HashSet<(int Gpu, int Sequence, int Position, int Head)> Taken(
        DeploymentPlan plan, HashSet<(int Gpu, int Sequence, int Position, int Head)> places)
    {
        int made = plan.LayoutsOf(PhaseKind.Prefill).Sum(set => set.Workload.Batch * set.Strategy.Replicas),
            room = plan.LayoutsOf(PhaseKind.Decode).Sum(set => set.Workload.Batch * set.Strategy.Replicas), handed = Math.Min(made, room);
        var sequenceAt = new Dictionary<int, int>();
        for (int k = 0; k < handed; k++)
            sequenceAt.Add((int)Math.Floor((decimal)k * room / handed), (int)Math.Floor((decimal)k * made / handed));
        return [.. places.Where(place => sequenceAt.ContainsKey(place.Sequence))
            .Select(place => place with { Sequence = sequenceAt[place.Sequence] })];
    }

    /// <summary>What prefill leaves in the caches of a layer: under a window or in chunks the last positions.</summary>
    private static HashSet<(int, int, int, int)> Held(DeploymentPlan plan, PhaseLayout layout, int layer, GroupedAttention attention)
    {
        var held = new HashSet<(int, int, int, int)>();
        int prompt = plan.Workload.PromptLength, kept = Kept(attention, prompt);
        ForEachRank(plan, layout, layer, (gpu, rank) =>
        {
            foreach (int sequence in rank.Sequences)
            {
                foreach (int position in rank.Cached.Concat(rank.Positions).Where(position => position >= prompt - kept))
                {
                    foreach (int head in rank.KvHeads(attention.KvHeads))
                        held.Add((gpu, sequence, position, head));
                }
            }
        });
        return held;
    }

    /// <summary>What decode reads of a cache that is <paramref name="length"/> positions long (the prompt's).</summary>
    private static HashSet<(int Gpu, int Sequence, int Position, int Head)> Read(
        DeploymentPlan plan, PhaseLayout layout, int layer, GroupedAttention attention, int? length = null)
    {
        var read = new HashSet<(int Gpu, int Sequence, int Position, int Head)>();
        int end = length ?? plan.Workload.PromptLength, kept = Kept(attention, end);
        ForEachRank(plan, layout, layer, (gpu, rank) =>
        {
            foreach (int sequence in rank.Sequences)
            {
                for (int position = end - kept; position < end; position++)
                {
                    foreach (int head in rank.Keeps(position) ? rank.KvHeads(attention.KvHeads) : [])
                        read.Add((gpu, sequence, position, head));
                }
            }
        });
        return read;
    }

    private static int Kept(GroupedAttention attention, int length)
    {
        int kept = length;
        if (attention.Window > 0 && attention.Window < kept)
            kept = attention.Window;
        else if (attention.Window == 0 && attention.Chunk > 0 && attention.Chunk < kept)
            kept = attention.Chunk;
        return kept;
    }

    private static void ForEachRank(DeploymentPlan plan, PhaseLayout layout, int layer, Action<int, NaiveRank> visit)
    {
        for (int microBatch = 0; microBatch < NaiveRank.Passes(plan, layout); microBatch++)
        {
            for (int rank = 0; rank < layout.StageMesh.Size; rank++)
                visit(layout.StageGpus[layout.StageOf(layer) - 1][rank], new NaiveRank(plan, layout, rank, microBatch));
        }
    }

    private static long MatrixBytes(NumberFormat format, long rows, long columns)
    {
        long bytes = 0;
        for (long row = 0; row < rows; row++)
            bytes += columns * format.Bits / 8;
        return bytes + format.Name switch
        {
            "bf16" => 0,
            "fp8" => 4,
            "int8" or "fp8/channel" or "int4/channel" => 2 * rows,
            "fp8/2x2" => 4 * ((rows + 1) / 2) * ((columns + 1) / 2),
            "int4/2" => 2 * rows * ((columns + 1) / 2),
            _ => throw new NotSupportedException(format.Name),
        };
    }

    private static IEnumerable<(string Op, decimal Flops)> LayerFlops(ModelSpec model, LayerSpec layer, NaiveRank rank)
    {
        var attention = (GroupedAttention)layer.Mixer!;
        PhaseStrategy strategy = rank.Strategy;
        long hidden = model.Hidden, heads = attention.Heads / strategy.Tp, kvHeads = rank.KvHeads(attention.KvHeads).Count;
        long tokens = rank.Tokens, stream = rank.StreamTokens;
        long queryWidth = heads * attention.HeadDim, keyWidth = kvHeads * attention.HeadDim;
        long columns = (queryWidth * (attention.OutputGate ? 2 : 1)) + keyWidth
            + (attention.SharedKeyValue ? 0 : kvHeads * attention.ValueDim);
        yield return (Ops.AttentionNorm, 4m * stream * hidden);
        yield return (Ops.QkvProjection, (2m * tokens * hidden * columns)
            + (attention.QkNorm == QkNormKind.None ? 0 : 4m * tokens * (queryWidth + keyWidth)));
        long coreHeads = !rank.Decode && strategy.SpMethod == SequenceMethod.Ulysses ? attention.Heads / (strategy.Tp * strategy.Sp)
            : rank.Decode ? heads * strategy.KvParallel : heads;
        yield return (Ops.Attention, 2m * rank.Pairs(attention) * coreHeads * (attention.HeadDim + attention.ValueDim));
        bool whole = strategy.Tp == 1 || strategy.AttentionOutput == AttentionOutput.AllGather;
        yield return (Ops.OutputProjection, 2m * tokens * hidden * (whole ? attention.Heads : heads) * attention.ValueDim);
        yield return (Ops.AttentionResidual, stream * hidden);
        yield return (Ops.FfnResidual, stream * hidden);
        yield return (Ops.FfnNorm, 4m * stream * hidden);
        DenseFeedForward? dense = layer.FeedForward as DenseFeedForward ?? layer.FeedForward!.Experts!.Beside;
        if (dense is not null)
        {
            long columnsOfRank = dense.Ffn / (strategy.DenseTp ?? strategy.Tp), read = rank.DenseTokens();
            yield return (Ops.FfnUp, (dense.Gated ? 2 : 1) * 2m * read * hidden * columnsOfRank);
            yield return (Ops.FfnDown, 2m * read * hidden * columnsOfRank);
        }

        if (layer.FeedForward is MoeFeedForward moe)
            yield return (Ops.Gate,
                2m * rank.ExpertTokens * hidden * moe.ExpertCount);
    }
}
