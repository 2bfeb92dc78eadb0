using ParallelDag.Engines;
using ParallelDag.Engines.Import;
using ParallelDag.Formats.Yaml;
using ParallelDag.Plans;
using ParallelDag.Wording;
using static ParallelDag.Formats.Tests.Engines.EnginePlans;

namespace ParallelDag.Formats.Tests.Engines;

/// <summary>What starts a plan reads back as the plan, for every plan that an engine can express: one it takes without a warning.</summary>
public sealed class RoundTripTests
{
    private static readonly EngineKind[] Engines = [EngineKind.Vllm, EngineKind.Sglang, EngineKind.Trtllm];

    private static readonly string[] Models = ["llama-3.1-70b", "mixtral-8x7b", "deepseek-r1", "qwen3-235b-a22b"];

    public static TheoryData<EngineKind, LaunchTarget> Ways => new(
        from engine in Engines
        from target in Enum.GetValues<LaunchTarget>()
        where engine == EngineKind.Vllm || target is not (LaunchTarget.LlmInferenceService or LaunchTarget.LlmD or LaunchTarget.Ray)
        select (engine, target));

    [Theory]
    [MemberData(nameof(Ways))]
    public void Random_plans(EngineKind engine, LaunchTarget target)
    {
        int expressed = 0;
        int seeds = target == LaunchTarget.Shell ? 160 : 60;
        for (int seed = 0; seed < seeds; seed++)
        {
            if (Draw(new Random(seed), engine) is not DeploymentPlan plan || Starts(plan, engine, target) is not Launch launch)
                continue;
            expressed++;
            AssertSame(plan, launch, plan.GetSpec().ModelFile!, engine, target, $"seed {seed}");
        }

        Assert.InRange(expressed, target == LaunchTarget.DisaggregatedSet ? 3 : 8, seeds);
    }

    [Theory]
    [InlineData(EngineKind.Vllm)]
    [InlineData(EngineKind.Sglang)]
    [InlineData(EngineKind.Trtllm)]
    public void Examples(EngineKind engine)
    {
        int expressed = 0;
        foreach (string path in EnginePlans.Examples)
        {
            DeploymentPlan plan = Load(path);
            if (ModelFile(path) is not string model || Starts(plan, engine, LaunchTarget.Shell) is not Launch launch)
                continue;
            expressed++;
            AssertSame(plan, launch, model, engine, LaunchTarget.Shell, path);
        }

        Assert.InRange(expressed, 5, EnginePlans.Examples.Count);
    }

    /// <summary>What starts the plan, if the engine can express it.</summary>
    private static Launch? Starts(DeploymentPlan plan, EngineKind engine, LaunchTarget target)
    {
        try
        {
            Launch launch = Start(plan, engine, target);
            return launch.Remarks.Any(remark => remark.Differs) ? null : launch;
        }
        catch (InputException)
        {
            return null;
        }
    }

    private static void AssertSame(DeploymentPlan plan, Launch launch, string model, EngineKind engine, LaunchTarget target, string which)
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("paralleldag-");
        ImportedPlan imported;
        try
        {
            foreach (LaunchFile file in launch.Files)
                File.WriteAllText(Path.Combine(folder.FullName, file.Name), file.Text);
            imported = LaunchFiles.Import(
                new ImportOptions { Engine = engine, ModelFile = model, Gpu = plan.Cluster.Gpu, Name = plan.Name },
                [.. launch.Files.Where(file => IsRead(target, file.Name))
                    .Select(file => Files.InputFile.Read(
                        Path.Combine(folder.FullName, file.Name), file.Name, YamlDocument.MaxBytes, default))]);
        }
        finally
        {
            folder.Delete(recursive: true);
        }

        string text = launch.Files[0].Text + "\n" + Write(imported);
        DeploymentPlan read = PlanReader.Read(imported.Document, null, Path.Combine(Root, "examples", "gallery"));
        Assert.True(Told(plan) == Told(read),
            $"{which}, {engine}, {target}:\n{Told(plan)}\n{Told(read)}\n{text[..Math.Min(1500, text.Length)]}");
    }

    // TensorRT-LLM's file is found by the script that names it.
    private static bool IsRead(LaunchTarget target, string name) =>
        !name.EndsWith("_router.sh", StringComparison.Ordinal)
            && (target is not (LaunchTarget.Shell or LaunchTarget.Slurm) || !name.EndsWith(".yaml", StringComparison.Ordinal));

    /// <summary>The config.json that a plan's file names, alone or beside what overrides it.</summary>
    private static string? ModelFile(string path)
    {
        var document = (Documents.DocumentMap)YamlDocument.ReadFile(Path.Combine(Root, path));
        string? name = document.Find("model") switch
        {
            Documents.DocumentScalar file => file.Text,
            Documents.DocumentMap map => (map.Find("config") as Documents.DocumentScalar)?.Text,
            _ => null,
        };
        return name is null ? null : Path.Combine(Root, Path.GetDirectoryName(path)!, name);
    }

    private static string Write(ImportedPlan plan)
    {
        using var writer = new StringWriter();
        YamlWriter.Write(plan.Document, writer);
        return writer + string.Join('\n', plan.Remarks);
    }

    /// <summary>
    /// What a launch must keep, in one form for plans that place alike: dedicated expert parallelism without tensor parallelism is folded.
    /// Lengths add up; of batches a process of both phases keeps decode's.
    /// </summary>
    private static string Told(DeploymentPlan plan)
    {
        bool apart = plan.Cluster.Pool == PoolKind.Disaggregated;
        IEnumerable<string> phases = plan.Phases.Select(layout => $"{layout.Phase}: {Canonical(plan, layout)}");
        if (!apart)
            phases = phases.Take(1).Append($"kvParallel {plan.Decode?.KvParallel ?? 1}");
        return Words.Invariant(
            $"{plan.Workload.PromptLength + plan.Workload.OutputLength} positions, pool {plan.Cluster.Pool}, ")
            + Words.Invariant($"reserve {plan.Cluster.MemoryReserve}, cache {plan.Model.Precision.KvCache}\n")
                + string.Join('\n', phases);
    }

    private static string Canonical(DeploymentPlan plan, PhaseLayout layout)
    {
        PhaseStrategy strategy = layout.Strategy;
        bool experts = plan.Model.Experts is not null;
        if (experts && strategy is { ExpertParallel: ExpertParallelMode.Dedicated, Ep: > 1, Sp: 1 })
            strategy = strategy with { ExpertParallel = ExpertParallelMode.Folded, Dp = strategy.Ep,
                Replicas = strategy.Replicas * strategy.Dp, Etp = strategy.Tp };
        if (strategy.ExpertParallel == ExpertParallelMode.Folded && (!experts || (strategy.Dp == 1 && strategy.Ep == 1)))
            strategy = strategy with { ExpertParallel = ExpertParallelMode.Dedicated, Etp = 1, Dispatch = null, Ep = 1 };
        int copies = strategy.ExpertParallel == ExpertParallelMode.Dedicated ? strategy.Dp : 1;
        (int batch, int positions) = ((layout.Workload.Batch + copies - 1) / copies, 0);
        int data = strategy.ExpertParallel == ExpertParallelMode.Folded ? strategy.Dp : 1;
        string gpus = GpuSet.UnionAll(layout.InstanceGpus).ToString();
        return strategy with
        {
            Replicas = strategy.Replicas * copies,
            Dp = strategy.Dp / copies,
            Batch = (batch + data - 1) / data * data + positions,
            MicroBatches = layout.Workload.MicroBatches,
            Order = PhaseStrategy.DefaultOrder,
            LayersPerStage = [.. layout.Stages.Select(stage => stage.LastLayer - stage.FirstLayer + 1)],
            Balance = false,
            Dispatch = experts && strategy.ExpertParallel == ExpertParallelMode.Folded && strategy.Ep * strategy.Etp > 1
                ? new Layers.DispatchRule(plan.Context(layout)).Mode : null,
            DenseTp = strategy.DenseTp ?? strategy.Tp,
            HeadTp = strategy.HeadTp ?? strategy.Tp,
            VocabPadding = 1,
            KvParallel = 1,
            PipelineMessage = strategy is { Pp: > 1, Tp: > 1 } && strategy.AttentionOutput != AttentionOutput.ReduceScatter
                ? strategy.PipelineMessage : PipelineMessage.Whole,
        } + $" on {gpus}";
    }

    /// <summary>A random valid plan with the engine's habits taken for most keys, so that many can be expressed; null when none
    /// came.</summary>
    private static DeploymentPlan? Draw(Random random, EngineKind engine)
    {
        string model = Models[random.Next(Models.Length)];
        bool experts = model != "llama-3.1-70b", apart = random.Next(2) == 0;
        string prefill = Strategy(random, experts, engine), decode = apart ? Strategy(random, experts, engine) : prefill;
        string extra = random.Next(3) == 0 ? ", chunk: 8192" : "";
        string dcp = model == "deepseek-r1" && random.Next(3) == 0 ? ", kvParallel: 2" : "";
        string text = $"name: plan\nengine: {engine.ToString().ToLowerInvariant()}\nmodel: ../configs/{model}.json\n"
            + $"cluster: {{ gpus: 512, gpu: H200{(apart ? ", pool: disaggregated" : "")} }}\nworkload: "
                + $"{{ batch: 64, promptLength: 1024, outputLength: 64 }}\n"
            + $"prefill: {{ {prefill}{extra} }}\ndecode: {{ {decode}{dcp} }}\n";
        try
        {
            return PlanReader.Read(YamlDocument.Read(text), null, Path.Combine(Root, "examples", "gallery"));
        }
        catch (InputException)
        {
            return null;
        }
    }

    private static string Strategy(Random random, bool experts, EngineKind engine)
    {
        int tp = Pick(random, 1, 2, 4, 8), dp = Pick(random, 1, 1, 2, 4, 8), pp = Pick(random, 1, 1, 1, 2, 4);
        string text = Words.Invariant($"tp: {tp}, dp: {dp}, pp: {pp}, replicas: {Pick(random, 1, 1, 2)}");
        if (pp > 1)
            text += Words.Invariant($", microBatches: {pp}");
        if (!experts)
            return text;
        int ranks = tp * dp;
        switch (random.Next(4))
        {
            case 0:
                return text;
            case 1:
                return Words.Invariant($"ep: {dp}, pp: {pp}")
                    + (pp > 1 ? Words.Invariant($", microBatches: {pp}") : "");
            case 2:
                int ep = Pick(random, ranks, ranks, Math.Max(1, ranks / 2));
                return text + Words.Invariant($", expertParallel: folded, ep: {ep}, etp: {ranks / ep}")
                    + Exchange(random, engine) + (random.Next(4) == 0 ? ", redundantExperts: 32" : "");
            default:
                return text + Words.Invariant($", expertParallel: folded, etp: {ranks}");
        }
    }

    private static string Exchange(Random random, EngineKind engine) => random.Next(3) switch
    {
        0 => "",
        1 => ", dispatch: allToAll" + (engine == EngineKind.Trtllm ? "" : ", dedup: true"),
        _ => ", dispatch: allToAll",
    };

    private static T Pick<T>(Random random, params ReadOnlySpan<T> choices) => choices[random.Next(choices.Length)];
}
