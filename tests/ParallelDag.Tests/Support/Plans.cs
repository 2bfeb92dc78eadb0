using ParallelDag.Collections;
using ParallelDag.Layers;
using ParallelDag.Operators;
using ParallelDag.Plans;
using ParallelDag.Strategies;

namespace ParallelDag.Tests.Support;

/// <summary>Plans that tests start from.</summary>
internal static class TestPlans
{
    /// <summary>The reference plan (examples/llm_parallel.yaml) as typed parts.</summary>
    public static PlanSpec Reference { get; } = new()
    {
        Name = "llm_parallel",
        Model = new ModelOutline
        {
            Layers = 16,
            Hidden = 512,
            Heads = 8,
            KvHeads = 8,
            HeadDim = 64,
            Ffn = 2048,
            Vocab = 32000,
            Moe = new MoeFeedForward { ExpertCount = 16, TopK = 2, Ffn = 2048 },
        },
        Cluster = new ClusterSpec { Gpus = 64, Gpu = DeviceProfile.Find("H100")! },
        Workload = new WorkloadSpec { Batch = 4, PromptLength = 10240, OutputLength = 128 },
        Prefill = new PhaseStrategy { Pp = 4, Ep = 4, Tp = 2, Sp = 2, AttentionOutput = AttentionOutput.AllGather },
        Decode = new PhaseStrategy { Pp = 4, Ep = 4, Tp = 2, AttentionOutput = AttentionOutput.AllGather },
    };

    /// <summary>Llama-3.1-70B on one node (examples/llama_70b.yaml) as typed parts.</summary>
    public static PlanSpec Llama70B { get; } = new()
    {
        Name = "llama_70b",
        Model = new ModelOutline
        {
            Layers = 80, Hidden = 8192, Heads = 64, KvHeads = 8, HeadDim = 128, Ffn = 28672, Vocab = 128256,
        },
        Cluster = new ClusterSpec { Gpus = 8, Gpu = DeviceProfile.Find("H100")! },
        Workload = new WorkloadSpec { Batch = 16, PromptLength = 4096, OutputLength = 512 },
        Prefill = new PhaseStrategy { Tp = 8 },
        Decode = new PhaseStrategy { Tp = 8 },
    };

    /// <summary>A dense model that every test can afford.</summary>
    public static ModelOutline Dense { get; } = new();

    /// <summary>The same with eight experts in every layer.</summary>
    public static ModelOutline Moe { get; } = Dense with { Moe = new MoeFeedForward { ExpertCount = 8, TopK = 2, Ffn = 32 } };

    /// <summary>A plan of one phase.</summary>
    public static PlanSpec Of(ModelSpec model, PhaseStrategy? prefill, PhaseStrategy? decode = null, int batch = 8, int prompt = 64,
        int microBatches = 1, PoolKind pool = PoolKind.Unified) => new()
    {
        Name = "test",
        Model = model,
        Cluster = new ClusterSpec { Gpus = 1024, Gpu = DeviceProfile.Find("H100")!, Pool = pool },
        Workload = new WorkloadSpec { Batch = batch, PromptLength = prompt, OutputLength = 8, MicroBatches = microBatches },
        Prefill = prefill,
        Decode = decode,
    };

    /// <summary>The programs of a pass: layers of each kind, both ends, what a later stage makes of a message.</summary>
    public static IEnumerable<OperatorProgram> Programs(PhaseSections sections) => sections.Kinds
        .Append(sections.Entry).Append(sections.Exit).Concat(sections.Receive is null ? [] : [sections.Receive]);

    /// <summary>So many sets of instances unlike one another, stages and experts among them.</summary>
    public static PlanSpec ManySets(int prefills, int decodes)
    {
        return Of(Moe, new PhaseStrategy { Instances = [.. Sets(prefills, 4)] }, new PhaseStrategy { Instances = [.. Sets(decodes, 16)] },
            pool: PoolKind.Disaggregated);

        static IEnumerable<PhaseStrategy> Sets(int count, int batch) => Enumerable.Range(0, count).Select(set => new PhaseStrategy
        {
            Tp = 1 << (set % 3),
            Pp = 1 + (set % 3),
            Ep = 1 << (set % 4),
            Replicas = 1 + (set % 2),
            Batch = batch * (1 + set),
            MicroBatches = 1 + (set % 3 / 2),
        });
    }

    /// <summary>
    /// A random valid plan: every strategy, both expert conventions, uneven shards, micro-batches, both pools, all attention kinds.
    /// The same seed gives the same plan.
    /// </summary>
    public static DeploymentPlan Random(int seed)
    {
        var random = new Random(seed);
        while (true)
        {
            PlanSpec spec = RandomSpec(random);
            if (PlanValidator.Validate(spec).Count == 0)
                return DeploymentPlan.Create(Placed(spec, new Random(seed + 1_000_003)));
        }
    }

    /// <summary>
    /// The same with another cluster, layers per stage, first GPUs and instances unlike one another, as far as they are valid.
    /// </summary>
    private static PlanSpec Placed(PlanSpec spec, Random random)
    {
        if (random.Next(3) == 0)
        {
            int node = Pick(random, 2, 4, 8);
            Try(own => own with
            {
                Cluster = own.Cluster with
                {
                    GpusPerNode = node, Domain = Pick(random, node, 2 * node, Math.Max(1, node / 2)),
                    NicsPerNode = Pick(random, 1, 2, node),
                },
            });
        }

        foreach (PhaseKind phase in Enum.GetValues<PhaseKind>())
        {
            if (random.Next(4) == 0)
                Try(own => Change(own, phase, strategy => strategy with { LayersPerStage = Layers(own, strategy), Balance = false }));
            if (random.Next(4) == 0)
                Try(own => Change(own, phase, strategy => strategy with { FirstGpu = random.Next(1, 200) }));
            if (random.Next(6) != 0 || (phase == PhaseKind.Prefill ? spec.Prefill : spec.Decode) is null)
                continue;
            for (int tries = 0; tries < 20; tries++)
            {
                if (Try(own => Change(own, phase, strategy => new PhaseStrategy
                {
                    Instances = [strategy, .. Enumerable.Range(0, random.Next(1, 3)).Select(_ => RandomStrategy(random, own.Model, phase))],
                }) with { Cluster = own.Cluster with { Pool = PoolKind.Disaggregated } }))
                    break;
            }
        }

        return spec;

        bool Try(Func<PlanSpec, PlanSpec> change)
        {
            PlanSpec changed = change(spec);
            if (PlanValidator.Validate(changed).Count > 0)
                return false;
            spec = changed;
            return true;
        }

        static PlanSpec Change(PlanSpec own, PhaseKind phase, Func<PhaseStrategy, PhaseStrategy> change) => phase == PhaseKind.Prefill
            ? own.Prefill is null ? own : own with { Prefill = change(own.Prefill) }
            : own.Decode is null ? own : own with { Decode = change(own.Decode) };

        ValueList<int> Layers(PlanSpec own, PhaseStrategy strategy)
        {
            int[] split = [.. Enumerable.Repeat(1, strategy.Pp)];
            for (int layer = strategy.Pp; layer < own.Model.Layers.Count; layer++)
                split[random.Next(split.Length)]++;
            return [.. split];
        }
    }

    private static PlanSpec RandomSpec(Random random)
    {
        ModelSpec model = RandomModels.Draw(random);
        bool both = random.Next(3) > 0;
        PhaseStrategy prefill = RandomStrategy(random, model, PhaseKind.Prefill), decode = RandomStrategy(random, model, PhaseKind.Decode);
        if (random.Next(3) == 0)
            decode = prefill with { Sp = 1, SpMethod = SequenceMethod.AllGather, Chunk = null };
        int experts = model.Experts?.ExpertCount ?? 1;
        return new PlanSpec
        {
            Name = "random",
            Model = model,
            Cluster = new ClusterSpec { Gpus = 512, Gpu = DeviceProfile.Find("H100")!,
                Pool = Pick(random, PoolKind.Unified, PoolKind.Disaggregated) },
            Workload = new WorkloadSpec
            {
                Batch = random.Next(1, 20),
                PromptLength = random.Next(1, 40),
                OutputLength = random.Next(1, 9),
                CachedPrompt = random.Next(6) == 0 ? random.NextDouble() : 0,
                MicroBatches = Pick(random, 1, 1, 2, 3),
                ExpertLoad = random.Next(3) switch
                {
                    0 => ExpertLoad.Zipf(1.2),
                    1 => ExpertLoad.Listed(Enumerable.Range(0, experts).Select(i => 2 * (i + 0.5) / (experts * (double)experts))),
                    _ => ExpertLoad.Uniform,
                },
            },
            Prefill = both || random.Next(2) == 0 ? prefill : null,
            Decode = both ? decode : null,
        };
    }

    private static PhaseStrategy RandomStrategy(Random random, ModelSpec model, PhaseKind phase)
    {
        var strategy = new PhaseStrategy
        {
            Pp = Pick(random, 1, 2, 3),
            Tp = Pick(random, 1, 2, 4),
            Sp = phase == PhaseKind.Decode ? 1 : Pick(random, 1, 2, 3),
            Dp = Pick(random, 1, 1, 2, 3),
            Ep = model.Experts is null ? 1 : Pick(random, 1, 2, 4, 3),
            RedundantExperts = model.Experts is null ? 0 : Pick(random, 0, 0, 2, 4),
            Dispatch = model.Experts is null ? null
                : Pick<ExpertDispatch?>(random, null, null, ExpertDispatch.AllToAll, ExpertDispatch.AllGather, ExpertDispatch.None),
            AttentionOutput = Pick(random, AttentionOutput.AllGather, AttentionOutput.AllReduce, AttentionOutput.ReduceScatter),
            ExpertParallel = model.Experts is null
                ? ExpertParallelMode.Dedicated
                : Pick(random, ExpertParallelMode.Dedicated, ExpertParallelMode.Folded),
            SpMethod = Pick(random, SequenceMethod.AllGather, SequenceMethod.Ring, SequenceMethod.Ulysses),
            Balance = random.Next(4) == 0,
            Batch = random.Next(3) == 0 ? random.Next(1, 25) : null,
            MicroBatches = random.Next(3) == 0 ? random.Next(1, 4) : null,
            Replicas = Pick(random, 1, 1, 1, 2, 3),
            Chunk = phase == PhaseKind.Prefill && random.Next(3) == 0 ? random.Next(1, 120) : null,
            KvParallel = phase == PhaseKind.Decode ? Pick(random, 1, 1, 2, 4) : 1,
            PipelineMessage = Pick(random, PipelineMessage.Whole, PipelineMessage.Scattered),
            Schedule = Pick(random, PhaseSchedule.Gpipe, PhaseSchedule.Gpipe, PhaseSchedule.Overlapped),
        };
        if (strategy.ExpertParallel == ExpertParallelMode.Folded)
            strategy = strategy with { Etp = Pick(random, 1, 1, 2) };
        if (strategy.Ep > 1 && strategy.Dispatch is null or ExpertDispatch.AllToAll && random.Next(3) == 0)
            strategy = strategy with { Dedup = true };
        if (random.Next(3) == 0)
            strategy = strategy with { DenseTp = Pick(random, [.. StrategyMesh.TensorDegrees(strategy)]),
                VocabPadding = Pick(random, 1, 8) };
        if (random.Next(3) == 0)
            strategy = strategy with { HeadTp = Pick(random, [.. StrategyMesh.TensorDegrees(strategy)]) };
        if (random.Next(3) == 0)
        {
            string[] order = [.. PhaseStrategy.DefaultOrder];
            random.Shuffle(order);
            strategy = strategy with { Order = [.. order] };
        }

        return strategy;
    }

    private static T Pick<T>(Random random, params ReadOnlySpan<T> choices) => choices[random.Next(choices.Length)];
}
