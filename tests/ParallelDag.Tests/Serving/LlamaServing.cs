using ParallelDag.Durations;
using ParallelDag.Precisions;
using ParallelDag.Serving;
using ParallelDag.Tests.Support;

namespace ParallelDag.Tests.Serving;

/// <summary>Llama models on tensor-parallel ranks, as benchmarks run them.</summary>
internal static class LlamaServing
{
    /// <summary>Weights, cache and linear layers in 8 bits; embedding and head in 16.</summary>
    public static Precision Fp8 { get; } = new() { Weights = NumberFormat.Fp8, KvCache = NumberFormat.Fp8 };

    public static ModelSpec Model(string size, Precision? precision = null)
    {
        ModelSpec model = new ModelOutline
        {
            KvHeads = 8, HeadDim = 128, Vocab = 128256,
            Layers = size switch { "8B" => 32, "70B" => 80, _ => 126 },
            Hidden = size switch { "8B" => 4096, "70B" => 8192, _ => 16384 },
            Heads = size switch { "8B" => 32, "70B" => 64, _ => 128 },
            Ffn = size switch { "8B" => 14336, "70B" => 28672, _ => 53248 },
        };
        return model with { Precision = precision ?? Precision.Bf16 };
    }

    /// <summary>The ranks of one engine.</summary>
    public static PhaseLayout Layout(ModelSpec model, string gpu, int tp, WorkloadSpec workload, out TimeModel times)
    {
        var cluster = new ClusterSpec { Gpus = tp, Gpu = DeviceProfile.Find(gpu)! };
        var plan = DeploymentPlan.Create(new PlanSpec
        {
            Name = "llama", Model = model, Cluster = cluster, Workload = workload,
            Prefill = new PhaseStrategy { Tp = tp }, Decode = new PhaseStrategy { Tp = tp },
        });
        times = plan.TimeModel;
        return plan.DecodeLayout!;
    }

    public static AggregatedServing Aggregated(ModelSpec model, string gpu, int tp, int prompt, int output)
    {
        return Aggregated(model, gpu, tp, new WorkloadSpec { Batch = 1, PromptLength = prompt, OutputLength = output });
    }

    public static AggregatedServing Aggregated(ModelSpec model, string gpu, int tp, WorkloadSpec workload)
    {
        PhaseLayout layout = Layout(model, gpu, tp, workload, out TimeModel times);
        return new AggregatedServing(model, layout, workload, times);
    }

    public static PhaseForm Phase(int tp, PhaseKind phase, int prompt, int output)
    {
        ModelSpec model = Model("70B");
        var workload = new WorkloadSpec { Batch = 1, PromptLength = prompt, OutputLength = output };
        PhaseLayout layout = Layout(model, "H100", tp, workload, out TimeModel times);
        return PhaseForm.Of(model, layout, workload, times, phase);
    }
}
