using ParallelDag.Checks;
using ParallelDag.Graphs;
using ParallelDag.Lowering;

namespace ParallelDag.Formats.Tests;

/// <summary>
/// Published deployments (examples/gallery), each accepted, checked and described. Numbers are derived by hand from the published
/// descriptions: an expert of DeepSeek-V3 and Kimi-K2 is 3 * 7168 * 2048 fp8 weights and 3 * 56 * 16 scales of 4 bytes, 44,050,944 bytes a
/// layer, 58 layers of V3 and 60 of K2 have experts, a token's latents are 61 * (512 + 64) * 2 = 70,272 bytes in bf16.
/// </summary>
public sealed class GalleryTests
{
    private static string[] Names { get; } = [.. Directory.GetFiles(Repository.PathOf("examples/gallery"), "*.yaml")
        .Select(file => Path.GetFileNameWithoutExtension(file)).Order(StringComparer.Ordinal)];

    public static TheoryData<string> Plans => [.. Names];

    [Theory]
    [MemberData(nameof(Plans))]
    public void Is_accepted_and_passes_every_rule(string name)
    {
        DeploymentPlan plan = Load(name);
        Assert.Equal(name, plan.Name);
        Assert.NotEmpty(DagGenerator.Generate(plan, DetailLevel.Overview).Nodes);
        CheckReport report = CheckRunner.Run(DagGenerator.Generate(plan));
        Assert.True(report.HoldsStrictly, string.Join('\n', report.Results.Where(result => result.Status != CheckStatus.Pass)));
    }

    /// <summary>What a GPU of the phase holds of experts (of all its layers) and of cache, at the fullest.</summary>
    [Theory]
    [InlineData("deepseek_open_infra", "prefill", 32, 1, 32, 9, 9L * 58 * 44_050_944, 4L * 4096 * 70_272)]
    [InlineData("deepseek_open_infra", "decode", 144, 1, 144, 2, 2L * 58 * 44_050_944, 64L * 5120 * 70_272)]
    [InlineData("deepseek_report", "prefill", 32, 4, 32, 9, 9L * 58 * 44_050_944, 4L * 4096 * 70_272)]
    [InlineData("deepseek_report", "decode", 320, 4, 320, 1, 1L * 58 * 44_050_944, 64L * 5120 * 70_272)]
    [InlineData("sglang_h100", "prefill", 32, 1, 32, 9, 9L * 58 * 44_050_944, 4L * 2000 * 70_272)]
    [InlineData("sglang_h100", "decode", 72, 1, 72, 4, 4L * 58 * 44_050_944, 128L * 2100 * 70_272)]
    [InlineData("sglang_gb200", "prefill", 4, 1, 4, 64, 64L * 58 * 3 * 8_257_544, 4L * 2000 * 35_136)]
    [InlineData("sglang_gb200", "decode", 48, 1, 48, 6, 6L * 58 * 3 * 8_257_544, 768L * 3000 * 35_136)]
    [InlineData("llmd_wide_ep", "prefill", 16, 1, 16, 16, 16L * 58 * 44_050_944, 4L * 2048 * 70_272)]
    [InlineData("llmd_wide_ep", "decode", 16, 1, 16, 16, 16L * 58 * 44_050_944, 128L * 2560 * 70_272)]
    [InlineData("deepseek_r1_dp_attention", "decode", 8, 1, 8, 32, 32L * 58 * 44_050_944, 16L * 2560 * 70_272)]
    [InlineData("deepseek_r1_tep8", "decode", 8, 8, 8, 32, 32L * 58 * 44_050_944, 1L * 4608 * 70_272)]
    [InlineData("deepseek_r1_pp4", "decode", 32, 8, 1, 256, 256L * 16 * 44_050_944 / 8, 8L * 2560 * 16 * 1152)]
    [InlineData("kimi_k2_tp16", "prefill", 16, 16, 1, 384, 384L * 60 * 44_050_944 / 16, 4L * 8192 * 70_272)]
    [InlineData("kimi_k2_dp16_ep16", "decode", 16, 1, 16, 24, 24L * 60 * 44_050_944, 16L * 2560 * 70_272)]
    [InlineData("qwen3_235b_tp4_dp2_ep8", "decode", 8, 4, 8, 16, 16L * 94 * 3 * 4096 * 1536 * 2, 16L * 2560 * 94 * 2 * 1 * 128 * 2)]
    [InlineData("mixtral_8x7b_tp2", "prefill", 2, 2, 1, 8, 8L * 32 * 3 * 4096 * 7168 * 2, 16L * 2048 * 32 * 2 * 4 * 128 * 2)]
    [InlineData("gpt_oss_120b", "prefill", 1, 1, 1, 128, 60_914_073_600, 18L * (4096 + 128) * 2 * 8 * 64 * 2)]
    [InlineData("llama_405b_tp8_pp2", "decode", 16, 8, 1, 0, 0, 8L * 2304 * 63 * 2 * 1 * 128 * 2)]
    [InlineData("llama_405b_fp8_tp8", "decode", 8, 8, 1, 0, 0, 16L * 2304 * 126 * 2 * 1 * 128 * 2)]
    [InlineData("h800_3p1d", "prefill", 72, 1, 24, 12, 12L * 58 * 44_050_944, 1L * 4096 * 70_272)]
    [InlineData("h800_3p1d", "decode", 32, 1, 32, 9, 9L * 58 * 44_050_944, 32L * 5120 * 70_272)]
    [InlineData("kimi_k2_tp8_pp2_dcp8", "decode", 16, 8, 1, 384, 384L * 30 * 44_050_944 / 8, 2L * 2048 / 8 * 31 * 576)]
    [InlineData("deepseek_r1_tp8_dcp8", "prefill", 8, 8, 1, 256, 256L * 58 * 44_050_944 / 8, 1L * 16384 * 70_272)]
    [InlineData("deepseek_r1_tp8_dcp8", "decode", 8, 8, 1, 256, 256L * 58 * 44_050_944 / 8, 16L * 17408 / 8 * 70_272)]
    [InlineData("llama_70b_4p1d", "prefill", 4, 1, 1, 0, 0, 1L * 10000 * 80 * 2 * 8 * 128)]
    [InlineData("llama_70b_4p1d", "decode", 4, 4, 1, 0, 0, 32L * 11000 * 80 * 2 * 2 * 128)]
    public void Holds_what_was_published(
        string name, string phase, int gpus, int tp, int ep, int expertsPerGpu, long expertBytes, long cacheBytes)
    {
        DeploymentPlan plan = Load(name);
        PhaseDescription found = PlanDescription.Of(plan).Phases.Single(description => description.Phase.ToName() == phase);
        Assert.Equal(gpus, found.Layout.RankGpus.Count);
        Assert.All(Groups(found, "tp"), group => Assert.Equal(tp, group.Length));
        Assert.All(Groups(found, "ep"), group => Assert.Equal(ep, group.Length));
        Assert.Equal(ep == 1 ? 0 : found.Layout.Stages.Count * (gpus / found.Layout.Stages.Count / ep), Groups(found, "ep").Count);
        Assert.Equal(expertBytes, found.MemoryTerms.Where(term => term.Name == "expert").Sum(term => term.FullestGpuBytes));
        Assert.Equal(cacheBytes, found.MemoryTerms.Single(term => term.Name == "KV cache").FullestGpuBytes);
        Assert.All(found.Memory, stage => Assert.True(stage.Fits));

        // Copies of experts on one GPU, and how many groups of GPUs hold different ones, as the graph draws them.
        Dag dag = DagGenerator.Generate(plan, phase: found.Phase);
        DagNode[] experts = [.. dag.Nodes.Where(node => node.Op == Ops.Experts)];
        int layer = experts.Select(node => node.Layer!.Value).DefaultIfEmpty().Min();
        DagNode[] first = [.. experts.Where(node => node.Layer == layer)];
        Assert.All(first, node => Assert.Equal(expertsPerGpu, node.GetInputTensors().Tensors[0].Shape["experts"]));
        Assert.Equal(expertsPerGpu == 0 ? 0 : ep, first.Select(node => node.Gpus).Distinct().Count());
    }

    /// <summary>
    /// The cache that decode takes over, and what of it moves: everything between pools, nothing where it already lies. Tensor-parallel
    /// ranks hold a copy of a latent each.
    /// </summary>
    [Theory]
    [InlineData("deepseek_open_infra", 128L * 4096 * 70_272, true)]
    [InlineData("deepseek_report", 32L * 4096 * 70_272 * 4, true)]
    [InlineData("sglang_h100", 128L * 2000 * 70_272, true)]
    [InlineData("sglang_gb200", 16L * 2000 * 35_136, true)]
    [InlineData("llmd_wide_ep", 64L * 2048 * 70_272, true)]
    [InlineData("h800_3p1d", 3L * 24 * 4096 * 70_272, true)]
    [InlineData("llama_70b_4p1d", 4L * 10000 * 80 * 2 * 8 * 128, true)]
    [InlineData("kimi_k2_tp8_pp2_dcp8", 2L * 1024 * 61 * 576, false)]
    [InlineData("deepseek_r1_tep8", 1L * 4096 * 70_272 * 8, false)]
    [InlineData("llama_405b_tp8_pp2", 8L * 2048 * 126 * 2 * 8 * 128 * 2, false)]
    [InlineData("mixtral_8x7b_tp2", 16L * 2048 * 32 * 2 * 8 * 128 * 2, false)]
    public void Hands_over_what_a_prefill_pass_holds(string name, long needed, bool moves)
    {
        PlanDescription description = PlanDescription.Of(Load(name));
        Assert.Equal((needed, moves ? needed : 0), (description.KvHandOff!.NeededBytes, description.KvHandOff.MovedBytes));
        Assert.Equal(!moves, description.SharesWeights);
    }

    [Fact]
    public void Layers_that_do_not_divide_go_where_vLLM_puts_them() => Assert.Equal(
        [[15, 15, 16, 15], [31, 30]],
        ((string[])["deepseek_r1_pp4", "kimi_k2_tp8_pp2_dcp8"]).Select(name =>
            Load(name).PrefillLayout!.Stages.Select(stage => stage.LastLayer - stage.FirstLayer + 1).ToArray()));

    /// <summary>Published sizes of the checkpoints: gpt-oss-120b, and Llama-3.1-405B with 405,853,388,800 parameters.</summary>
    [Theory]
    [InlineData("gpt_oss_120b", 65_248_815_744)]
    [InlineData("llama_405b_tp8_pp2", 2 * 405_853_388_800)]
    public void Weighs_what_was_published(string name, long bytes) =>
        Assert.Equal(bytes, PlanDescription.Of(Load(name)).Model.WeightBytes);

    /// <summary>Wide expert parallelism of an NVL72 rack stays on its fast links; on nodes of 8 it does not.</summary>
    [Fact]
    public void Expert_groups_of_NVL72_stay_in_one_domain()
    {
        DeploymentPlan rack = Load("sglang_gb200"), nodes = Load("sglang_h100");
        Assert.Equal(new GroupSpan(48, 1, 48, 12, 4), rack.Cluster.SpanOf(rack.DecodeLayout!.Groups(Meshes.Axis.Ep)[0]));
        Assert.Equal(new GroupSpan(72, 9, 8, 9, 8), nodes.Cluster.SpanOf(nodes.DecodeLayout!.Groups(Meshes.Axis.Ep)[0]));
    }

    [Fact]
    public void Each_names_its_source_and_stands_in_the_table()
    {
        string table = File.ReadAllText(Repository.PathOf("docs/gallery.md"));
        Assert.True(Names.Length >= 15);
        foreach (string name in Names)
        {
            Assert.StartsWith("# ", File.ReadAllText(PathOf(name)), StringComparison.Ordinal);
            Assert.Contains($"[`{name}`](../examples/gallery/{name}.yaml)", table, StringComparison.Ordinal);
        }
    }

    private static IReadOnlyList<int[]> Groups(PhaseDescription phase, string axis) =>
        phase.Groups.Single(entry => entry.Key == axis).Value;

    private static DeploymentPlan Load(string name) => PlanFile.Load(PathOf(name));

    private static string PathOf(string name) => Repository.PathOf($"examples/gallery/{name}.yaml");
}
