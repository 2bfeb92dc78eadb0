using ParallelDag.Lowering;
using ParallelDag.Plans;
using ParallelDag.Tests.Support;
using ParallelDag.Writers;

namespace ParallelDag.Tests.Plans;

/// <summary>Deployments that people run fit the GPUs that they run on; those that engines refuse are refused.</summary>
public class DeployedModelTests
{
    private const string ModelOptimizerFp8 =
        """ "quantization_config":{"quant_method":"modelopt","quant_algo":"FP8","kv_cache_quant_algo":"FP8"}""";

    public static TheoryData<string, string, string, int, int> Deployments => new()
    {
        // DeepSeek's own recipe on one node; an engine logs 79.41 GiB of weights a GPU with its 16-bit embedding.
        { "DeepSeek-V3, fp8", PublishedConfigs.DeepSeekV3(), "H200", 8, 8 },
        { "gpt-oss-120b, mxfp4", PublishedConfigs.GptOss(36, 128), "H100", 1, 1 },
        { "gpt-oss-120b, mxfp4, TP8", PublishedConfigs.GptOss(36, 128), "H100", 8, 8 },
        { "Kimi-K2, fp8, TP16", PublishedConfigs.KimiK2(), "H200", 16, 16 },
        { "Kimi-K2, fp8, DP16 + EP16", PublishedConfigs.KimiK2(), "H200", 16, 1 },
        { "Llama-3.1-70B, fp8", PublishedConfigs.Llama70B(ModelOptimizerFp8), "H100", 2, 2 },
    };

    [Theory]
    [MemberData(nameof(Deployments))]
    public void Fits_and_is_drawn(string deployment, string config, string gpu, int gpus, int tp)
    {
        var strategy = tp == gpus
            ? new PhaseStrategy { Tp = tp }
            : new PhaseStrategy { Dp = gpus, Ep = gpus, ExpertParallel = ExpertParallelMode.Folded };
        DeploymentPlan plan = DeploymentPlan.Create(Spec(config, gpu, gpus, strategy, batch: 16));

        Assert.All(MemoryPlan.Of(plan), memory => Assert.True(memory.Fits, $"{deployment}: {memory}"));
        Assert.NotEmpty(DotWriter.ToText(DagGenerator.Generate(plan)));
    }

    [Fact]
    public void DeepSeek_V3_at_tp_8_holds_79_GiB_of_weights_a_GPU()
    {
        DeploymentPlan plan = DeploymentPlan.Create(
            Spec(PublishedConfigs.DeepSeekV3(), "H200", 8, new PhaseStrategy { Tp = 8 }, batch: 1));

        Assert.All(MemoryPlan.Of(plan), memory => Assert.InRange(memory.WeightBytes / (double)(1L << 30), 78.4, 79.5));
    }

    // Engines crash on these: widths of 192 against blocks of 128.
    [Theory]
    [InlineData(false, 4, 2)]
    [InlineData(true, 8, 4)]
    public void A_width_finer_than_its_blocks_is_refused(bool large, int tp, int works)
    {
        string config = PublishedConfigs.Qwen3Moe(large);
        string message = Assert.Throws<InputException>(
            () => DeploymentPlan.Create(Spec(config, "H200", 8, new PhaseStrategy { Tp = tp }, batch: 1))).Message;

        Assert.Contains(
            $"widths of 192, which its blocks of 128 do not divide; the largest tp that works is {works}",
            message,
            StringComparison.Ordinal);
        DeploymentPlan.Create(Spec(config, "H200", 8, new PhaseStrategy { Tp = works }, batch: 1));

        // With experts whole on their ranks nothing is split too finely.
        var whole = new PhaseStrategy { Dp = tp, Ep = tp, ExpertParallel = ExpertParallelMode.Folded };
        DeploymentPlan.Create(Spec(config, "H200", 8, whole, batch: 8));
    }

    private static PlanSpec Spec(string config, string gpu, int gpus, PhaseStrategy strategy, int batch) => new()
    {
        Name = "deployed",
        Model = PublishedConfigs.Read(config),
        Cluster = new ClusterSpec { Gpus = gpus, Gpu = DeviceProfile.Find(gpu)! },
        Workload = new WorkloadSpec { Batch = batch, PromptLength = 1024, OutputLength = 128 },
        Prefill = strategy,
        Decode = strategy,
    };
}
