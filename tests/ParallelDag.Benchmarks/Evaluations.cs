using System.Diagnostics;
using ParallelDag.Layers;
using ParallelDag.Serving;
using ParallelDag.Wording;

namespace ParallelDag.Benchmarks;

/// <summary>
/// What a search of strategies costs on one core: forms of strategies made, and strategies at a batch priced (one evaluation: a pass of a
/// phase at one batch, stage by stage). The bar is 20,000 evaluations a second, the forms counted in.
/// </summary>
internal static class Evaluations
{
    private const double Bar = 20_000;

    /// <summary>How many batches a binary search tries of one strategy and phase.</summary>
    private const int BatchesOfForm = 24;

    /// <summary>Prints a row a model and strategy; ends with exit code 1 where a row misses the bar.</summary>
    public static int Run()
    {
        bool holds = true;
        Console.WriteLine("| model | strategy | phase | form us | evaluation us | evaluations/s with the form over 24 batches |");
        Console.WriteLine("|---|---|---|---:|---:|---:|");
        (string Name, DeploymentPlan Plan)[] plans = [.. Plans()];

        // The first forms compile the code; they are not counted.
        foreach ((_, DeploymentPlan plan) in plans)
            Microseconds(() => PhaseForm.Of(plan.Model, plan.DecodeLayout!, plan.Workload, plan.TimeModel, PhaseKind.Decode).At(1));
        foreach ((string name, DeploymentPlan plan) in plans)
        {
            foreach (PhaseLayout layout in plan.Phases)
            {
                PhaseForm Form() => PhaseForm.Of(plan.Model, layout, plan.Workload, plan.TimeModel, layout.Phase);
                PhaseForm form = Form();
                double making = Microseconds(() => Form());
                double batch = 1;
                double pricing = Microseconds(() => form.At(batch = (batch % 400) + 1));
                double rate = 1e6 * BatchesOfForm / (making + (BatchesOfForm * pricing));
                holds &= rate >= Bar;
                Console.WriteLine(Words.Invariant(
                    $"| {name} | {layout.Strategy} | {layout.Phase} | {making:N1} | {pricing:N2} | {rate:N0} |"));
            }
        }

        return holds ? 0 : 1;
    }

    private static IEnumerable<(string Name, DeploymentPlan Plan)> Plans()
    {
        var llama = new ModelSpec
        {
            Hidden = 8192, Vocabulary = new VocabularySpec { Size = 128256 },
            Layers = ModelSpec.LayersOf(80, _ => new LayerSpec
            {
                Mixer = new GroupedAttention { Heads = 64, KvHeads = 8, HeadDim = 128 },
                FeedForward = new DenseFeedForward { Ffn = 28672 },
            }),
        };
        ModelSpec deepSeek = ScalePlans.All[0].Plan.Model;
        yield return ("Llama 70B", Of(llama, new PhaseStrategy { Tp = 8 }));
        yield return ("Llama 70B", Of(llama, new PhaseStrategy { Tp = 4, Pp = 4 }));
        PhaseStrategy folded = new() { ExpertParallel = ExpertParallelMode.Folded };
        yield return ("DeepSeek-V3", Of(deepSeek, folded with { Tp = 8, Ep = 8 }));
        yield return ("DeepSeek-V3", Of(deepSeek, folded with { Dp = 32, Ep = 32 }));
        yield return ("DeepSeek-V3", Of(deepSeek, folded with { Dp = 128, Ep = 128 }));
        yield return ("DeepSeek-V3", Of(deepSeek,
            folded with { Pp = 16, Tp = 4, Dp = 4, Ep = 16, AttentionOutput = AttentionOutput.ReduceScatter }));
    }

    private static DeploymentPlan Of(ModelSpec model, PhaseStrategy strategy) => DeploymentPlan.Create(new PlanSpec
    {
        Name = "evaluations", Model = model,
        Cluster = new ClusterSpec { Gpus = 256, Gpu = DeviceProfile.Find("H200")! },
        Workload = new WorkloadSpec { Batch = 512, PromptLength = 4096, OutputLength = 512 },
        Prefill = strategy, Decode = strategy,
    });

    /// <summary>Processor time of one: the least mean of several runs of a tenth of a second.</summary>
    private static double Microseconds(Func<object> work)
    {
        double least = double.PositiveInfinity;
        for (int run = 0; run < 6; run++)
        {
            int count = 0;
            var watch = Stopwatch.StartNew();
            TimeSpan start = Environment.CpuUsage.TotalTime;
            for (; watch.Elapsed.TotalSeconds < .1; count++)
                GC.KeepAlive(work());
            least = Math.Min(least, (Environment.CpuUsage.TotalTime - start).TotalMicroseconds / count);
        }

        return least;
    }
}
