using ParallelDag.Graphs;
using ParallelDag.Layers;
using ParallelDag.Meshes;
using ParallelDag.Operators;
using ParallelDag.Plans;
using ParallelDag.Strategies;
using ParallelDag.Tests.Support;

namespace ParallelDag.Tests.Plans;

/// <summary>Who sends which part of a cache to whom, position by position and unit by unit.</summary>
public class KvReshardTests
{
#if MUTANTS
    private const int Plans = 12;
#else
    private const int Plans = 60;
#endif

    private static readonly GroupedAttention Attention = new() { Heads = 8, KvHeads = 4, HeadDim = 8 };

    private static readonly GatedDeltaNet Net = new() { KeyHeads = 8, ValueHeads = 8, KeyHeadDim = 4, ValueHeadDim = 4 };

    /// <summary>Plans with what random ones seldom have together: states beside a split cache, windows, chunks, prefixes, sets.</summary>
    public static TheoryData<string> Cases => [.. Named.Keys];

    private static readonly Dictionary<string, PlanSpec> Named = new()
    {
        ["states beside a split cache"] = Of([Attention, Net], new() { Tp = 2 }, new() { Tp = 8, KvParallel = 2 }),
        ["a window in chunks"] = Of([Attention with { Window = 10 }, Attention], new() { Chunk = 64 }, new() { Tp = 2, Dp = 2 }),
        ["a prefix"] = Of([Attention, Net], new() { Chunk = 64, Tp = 2 }, new() { Dp = 2 }, cached: 0.4),
        ["a prefix on one pool"] = Of([Attention], new() { Tp = 2 }, new() { Tp = 2, Dp = 2 }, cached: 0.4, pool: PoolKind.Unified),
        ["a split prompt"] =
            Of([Attention, Attention with { Window = 10 }], new() { Sp = 3, MicroBatches = 2 }, new() { Tp = 4, KvParallel = 1 }),
        ["a single head"] = Of([Attention with { KvHeads = 1 }], new() { Tp = 4 }, new() { Tp = 8, KvParallel = 4 }),
        ["sets"] = Of([Attention, Net], new() { Instances = [new() { Tp = 2, Batch = 3 }, new() { Batch = 2, Replicas = 2 }] },
            new() { Instances = [new() { Dp = 2, Batch = 9 }, new() { Tp = 4, Batch = 5, MicroBatches = 2 }] }),
        ["fewer places than sequences"] = Of([Attention], new() { Replicas = 2 }, new() { Batch = 5, Tp = 2 }),
    };

    private static PlanSpec Of(
        Mixer[] mixers, PhaseStrategy prefill, PhaseStrategy decode, double cached = 0, PoolKind pool = PoolKind.Disaggregated)
    {
        ModelSpec dense = TestPlans.Dense;
        PlanSpec spec = TestPlans.Of(
            dense with { Layers = ModelSpec.LayersOf(2, layer => dense.Layer(1) with { Mixer = mixers[layer % mixers.Length] }) },
            prefill, decode, prompt: 23, pool: pool);
        return spec with { Workload = spec.Workload with { CachedPrompt = cached } };
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Every_part_of_a_cache_comes_from_a_rank_that_has_it(string name) => Check(DeploymentPlan.Create(Named[name]));

    [Fact]
    public void Every_part_comes_from_a_rank_that_has_it_in_random_plans()
    {
        int checkedPlans = 0;
        for (int seed = 0; seed < Plans; seed++)
        {
            DeploymentPlan plan = TestPlans.Random(seed);
            if (plan.HasBothPhases)
            {
                Check(plan);
                checkedPlans++;
            }
        }

        Assert.InRange(checkedPlans, Plans / 3, Plans);
    }

    /// <summary>Positions p of a range with p mod parts = part, one by one.</summary>
    [Fact]
    public void Positions_go_to_the_parts_of_a_cache_in_turn()
    {
        for (int start = 0; start < 9; start++)
        {
            for (int length = 0; length < 9; length++)
            {
                for (int parts = 1; parts < 5; parts++)
                {
                    for (int part = 0; part < parts; part++)
                    {
                        Assert.Equal(Enumerable.Range(start, length).Count(position => position % parts == part),
                            KvReshard.Interleaved((start, length), parts, part));
                    }
                }
            }
        }
    }

    private static void Check(DeploymentPlan plan)
    {
        foreach (HandedSets sets in HandedSets.Of(plan))
        {
            for (int layer = 1; layer <= plan.Model.Layers.Count; layer++)
            {
                if (plan.Model.Layer(layer).Mixer is not Mixer mixer)
                    continue;
                int from = sets.Prefill.StageOf(layer), to = sets.Decode.StageOf(layer);
                var reshard = KvReshard.Between(sets, plan.Model.Layer(layer), from, to);
                if (mixer.Cache.Count == 0)
                {
                    Assert.Empty(reshard.Receivers);
                    continue;
                }

                Assert.Equal(sets.Decode.StageGpus[to - 1], reshard.Receivers.Select(receiver => receiver.Gpu));
                foreach (KvReceiver receiver in reshard.Receivers)
                    Check(sets, mixer, receiver, sets.Prefill.StageGpus[from - 1]);
                GpuSet gpus = GpuSet.FromGpus(reshard.Receivers.SelectMany(receiver => receiver.Routes.Select(route => route.Gpu))
                    .Concat(reshard.Receivers.Select(receiver => receiver.Gpu)));
                Assert.Equal(gpus, KvReshard.GpusOf(reshard.Receivers));
            }
        }
    }

    /// <summary>
    /// Counts, for each pass and micro-batch, what a receiver needs, what of it the pass made, and what its GPU does not hold.
    /// </summary>
    private static void Check(HandedSets sets, Mixer mixer, KvReceiver receiver, int[] holders)
    {
        DeploymentPlan plan = sets.Plan;
        var needed = new SortedDictionary<(string, int, int), long>();
        long moved = 0, made = 0;
        foreach (var alike in mixer.Cache.GroupBy(tensor => (tensor.Dimension, tensor.Units, tensor.PerSequence)))
        {
            CachedTensor tensor = alike.First();
            long bytes = alike.Sum(member => member.FormatIn(plan.Model.Precision).ElementBytes(member.Width));
            for (int microBatch = 0; microBatch < sets.Decode.Workload.MicroBatches; microBatch++)
            {
                PhaseContext decode = plan.Context(sets.Decode, microBatch);
                (long first, long count) = sets.Received(decode, microBatch, receiver.Rank);
                int parts = decode.CacheMesh.Degree(Axis.Dcp), part = decode.CacheMesh.Coordinate(receiver.Rank, Axis.Dcp);
                (long unit, long units) = tensor.UnitsOf(decode, receiver.Rank);
                for (int pass = 0; pass < sets.Prefill.Passes.Count; pass++)
                {
                    Held[] held = [.. Enumerable.Range(0, holders.Length).Select(rank => HeldBy(sets, mixer, tensor, pass, rank))];
                    for (long sequence = first; sequence < first + count; sequence++)
                    {
                        for (long position = 0; position < (tensor.PerSequence ? 1 : plan.Workload.PromptLength); position++)
                        {
                            if (!tensor.PerSequence && position % parts != part)
                                continue;
                            for (long own = unit; own < unit + units; own++)
                            {
                                int[] ranks = [.. Enumerable.Range(0, holders.Length)
                                    .Where(rank => held[rank].Has(sequence, position, own))];
                                if (ranks.Length == 0)
                                    continue;
                                (string, int, int) key = (tensor.Name, pass, microBatch);
                                needed[key] = needed.GetValueOrDefault(key) + bytes;
                                made += tensor.PerSequence || position >= held[0].Begins ? bytes : 0;
                                moved += ranks.Any(rank => holders[rank] == receiver.Gpu) ? 0 : bytes;
                            }
                        }
                    }
                }
            }
        }

        Assert.Equal(needed, new SortedDictionary<(string, int, int), long>(receiver.Routes
            .GroupBy(route => (route.Tensor, route.PrefillPass, route.DecodeMicroBatch))
            .ToDictionary(route => route.Key, route => route.Sum(own => own.Bytes))));
        Assert.Equal(needed.Values.Sum(), receiver.NeededBytes);
        Assert.Equal(moved, receiver.MovedBytes);
        Assert.Equal(made, receiver.Routes.Sum(route => route.MadeBytes));
        Assert.All(receiver.Routes, route => Assert.Equal(holders[route.PrefillRank], route.Gpu));
        Assert.Equal(receiver.NeededBytes, receiver.Routes.Select(route => route.Tensor).Distinct().Sum(receiver.NeededOf));
    }

    /// <summary>What a rank has behind a pass: sequences as they are handed over, positions that are kept, units.</summary>
    private sealed record Held(
        (long Start, long Length) Sequences, (long Start, long Length) Positions, (long Start, long Length) Units, long Begins)
    {
        public bool Has(long sequence, long position, long unit) =>
            In(Sequences, sequence) && In(Positions, position) && In(Units, unit);

        private static bool In((long Start, long Length) range, long value) =>
            value >= range.Start && value < range.Start + range.Length;
    }

    private static Held HeldBy(HandedSets sets, Mixer mixer, CachedTensor tensor, int pass, int rank)
    {
        PhaseContext context = sets.Plan.Context(sets.Prefill, pass);
        PhasePass own = sets.Prefill.Passes[pass];
        (long, long) sequences = sets.Given(KvReshard.SequencesOf(sets.Prefill, context, own.MicroBatch, rank));
        (long, long) units = tensor.UnitsOf(context, rank);
        if (tensor.PerSequence)
            return new Held(sequences, own.Ends ? (0, 1) : (0, 0), units, 0);

        // The first pass answers for the prefix that lies before it; of all only the last positions are kept.
        (long start, long length) = tensor.Of(context).LocalRange(rank, 1);
        long begins = own.Start + start, ends = begins + length, prompt = sets.Plan.Workload.PromptLength;
        long from = own.Start == sets.Plan.Workload.CachedPositions && start == 0 ? 0 : begins;
        from = Math.Max(from, prompt - mixer.CachedPositions(prompt));
        return new Held(sequences, (from, Math.Max(0, ends - from)), units, own.Start);
    }
}
