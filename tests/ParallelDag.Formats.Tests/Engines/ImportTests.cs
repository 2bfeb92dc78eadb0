using ParallelDag.Documents;
using ParallelDag.Engines.Import;
using ParallelDag.Formats.Yaml;
using ParallelDag.Plans;
using static ParallelDag.Formats.Tests.Engines.EnginePlans;

namespace ParallelDag.Formats.Tests.Engines;

/// <summary>Command lines as people write them.</summary>
public sealed class ImportTests
{
    [Theory]
    [InlineData(EngineKind.Vllm, "kimi-k2", "vllm serve moonshotai/Kimi-K2 -tp 16 --trust-remote-code", "tp16")]
    [InlineData(EngineKind.Vllm, "kimi-k2", "vllm serve x --tensor_parallel_size=8 -pp 2 -dcp 8 --kv-cache-dtype fp8",
        "pp2 tp8 microBatches=2 pipelineMessage=scattered")]
    [InlineData(EngineKind.Vllm, "deepseek-r1", "vllm serve x -tp 8 --enable-expert-parallel",
        "ep8 tp8 expertParallel=folded dispatch=none")]
    [InlineData(EngineKind.Vllm, "qwen3-235b-a22b", "vllm serve x -tp 4 -dp 2 -ep", "dp2 ep8 tp4 expertParallel=folded dispatch=allGather")]
    [InlineData(EngineKind.Vllm, "qwen3-235b-a22b", "python3 -m vllm.entrypoints.openai.api_server --model x -tp 4 -dp 2",
        "dp2 tp4 etp8 expertParallel=folded dispatch=allGather")]
    [InlineData(EngineKind.Vllm, "deepseek-r1",
        "VLLM_ALL2ALL_BACKEND=deepep_low_latency vllm serve x -dp 16 -ep --eplb-config.num_redundant_experts 32 --enable-eplb",
        "dp16 ep16 redundantExperts=32 expertParallel=folded dispatch=allToAll dedup=true")]
    [InlineData(EngineKind.Vllm, "llama-3.1-70b", "vllm serve x -tp 2 --data-parallel-size 4", "dp4 tp2")]
    [InlineData(EngineKind.Sglang, "deepseek-r1",
        "python -m sglang.launch_server --model x --tp 8 --dp 8 --enable-dp-attention --moe-a2a-backend deepep --ep 8 --moe-dense-tp-size "
            + "1",
        "dp8 ep8 expertParallel=folded dispatch=allToAll headTp=8")]
    [InlineData(EngineKind.Sglang, "deepseek-r1",
        "python3 -m sglang.launch_server --model-path x --tp-size 16 --nnodes 2 --node-rank 0 --dist-init-addr a:5000", "tp16")]
    [InlineData(EngineKind.Trtllm, "mixtral-8x7b", "trtllm-serve x --tp_size 8 --ep_size 4 --max_batch_size 64",
        "ep4 tp8 etp2 expertParallel=folded dispatch=none")]
    [InlineData(EngineKind.Trtllm, "llama-3.1-70b", "trtllm-serve x --tp_size 4 --pp_size 2", "pp2 tp4 microBatches=2")]
    [InlineData(EngineKind.Megatron, null,
        "torchrun --nproc-per-node 8 pretrain_gpt.py --tensor-model-parallel-size 2 --context-parallel-size 2 --cp-comm-type all_gather "
            + "--num-layers 32 "
        + "--hidden-size 4096 --num-attention-heads 32 --group-query-attention --num-query-groups 8 --ffn-hidden-size 14336 --swiglu "
            + "--disable-bias-linear --vocab-size 128256 "
        + "--normalization RMSNorm --position-embedding-type rope --untie-embeddings-and-output-weights --seq-length 8192 "
            + "--global-batch-size 8", "dp2 tp2 sp2")]
    public void Become_strategies(EngineKind engine, string? model, string line, string strategy)
    {
        DeploymentPlan plan = Read(engine, model, line, out _);
        PhaseStrategy prefill = plan.Prefill! with { Batch = null };
        Assert.Equal(strategy, prefill.ToString());
    }

    [Fact]
    public void The_degrees_of_a_cache_and_its_format()
    {
        DeploymentPlan plan = Read(
            EngineKind.Vllm, "kimi-k2",
                "vllm serve x -tp 8 -pp 2 -dcp 8 --kv-cache-dtype fp8 --max-model-len 4k --max-num-seqs 64 --gpu-memory-utilization 0.95",
                    out _);
        Assert.Equal(8, plan.Decode!.KvParallel);
        Assert.Equal("fp8", plan.Model.Precision.KvCache.Name);
        Assert.Equal(4000, plan.Workload.PromptLength + plan.Workload.OutputLength);
        Assert.Equal(64, plan.Workload.Batch);
        Assert.Equal(0.05, plan.Cluster.MemoryReserve, 1e-12);
    }

    [Fact]
    public void What_is_not_understood_is_listed_and_ends_nothing()
    {
        Read(EngineKind.Vllm, "llama-3.1-70b", "vllm serve x -tp 8 --turbo --warp-factor 9 --seed 3 --max-num-seqs many",
            out ImportedPlan imported);
        Assert.Contains("no plan tells: --seed 3", imported.Remarks);
        Assert.Contains("not understood: --turbo, --warp-factor 9, --max-num-seqs many", imported.Remarks);
    }

    /// <summary>Also where the version of the table no longer has the option.</summary>
    [Fact]
    public void A_count_that_is_none_is_listed_for_options_of_old_too()
    {
        Read(EngineKind.Vllm, "deepseek-r1", "vllm serve x -tp 8 -ep --enable-eplb --num-redundant-experts abc", out ImportedPlan imported);
        Assert.Contains("not understood: --num-redundant-experts abc", imported.Remarks);
    }

    [Fact]
    public void A_script_with_variables_quotes_and_continuations()
    {
        const string Script = """
            #!/bin/bash
            # vllm serve wrong -tp 2
            export VLLM_PP_LAYER_PARTITION="16,15,15,15"
            if [ -z "$X" ]; then echo "vllm serve"; fi
            NCCL_DEBUG=WARN vllm serve deepseek-ai/DeepSeek-R1 \
              --tensor-parallel-size 8 --pipeline-parallel-size 4 \
              --kv-transfer-config '{"kv_connector":"NixlConnector","kv_role":"kv_producer"}' && echo done
            """;
        ImportedPlan imported = LaunchFiles.Import(Options(EngineKind.Vllm, "deepseek-r1"), Script);
        DeploymentPlan plan = PlanReader.Read(imported.Document);
        Assert.Equal([16, 15, 15, 15], plan.Prefill!.LayersPerStage!);
        Assert.Null(plan.Decode);
        Assert.Equal(PoolKind.Disaggregated, plan.Cluster.Pool);
        Assert.Equal("DeepSeek-R1", plan.Name);
    }

    [Theory]
    [InlineData("Et*15|t*15|t*16|t*15L", new[] { 15, 15, 16, 15 })]
    [InlineData("E|(t|)*3,t|t||L", new[] { 0, 1, 1, 1, 1, 1, 0, 0 })]
    public void Layouts_of_stages_in_Megatron(string layout, int[] stages)
    {
        var arguments = new EngineArguments(ParallelDag.Engines.EngineTable.Of(EngineKind.Megatron));
        arguments.Words(["--pipeline-model-parallel-layout", layout], namesModel: false);
        Assert.Equal(stages, MegatronImport.Layers(arguments)!);
    }

    [Fact]
    public void A_config_of_TensorRT_LLM_by_itself()
    {
        const string Yaml = """
            tensor_parallel_size: 8
            moe_expert_parallel_size: 8
            enable_attention_dp: true
            max_batch_size: 16
            moe_config:
              backend: WIDEEP
              load_balancer:
                num_slots: 288
            cuda_graph_config:
              enable_padding: true
            """;
        ImportedPlan imported = LaunchFiles.Import(Options(EngineKind.Trtllm, "deepseek-r1"), Yaml);
        DeploymentPlan plan = PlanReader.Read(imported.Document);
        Assert.Equal("dp8 ep8 redundantExperts=32 expertParallel=folded dispatch=allToAll", plan.Prefill!.ToString());
        Assert.Equal(128, plan.Workload.Batch);
        Assert.Contains("not understood: cuda_graph_config.enable_padding: true", imported.Remarks);
    }

    [Theory]
    [InlineData(EngineKind.Vllm, "echo hello", "there is no command of vLLM here")]
    [InlineData(EngineKind.Sglang, "python3 -m sglang.launch_server --model-path x --tp-size 8 --dp-size 3 --enable-dp-attention",
        "--tp-size 8 is no multiple")]
    public void Refusals(EngineKind engine, string text, string message) => Assert.Contains(
        message, Assert.Throws<InputException>(() => LaunchFiles.Import(Options(engine, "mixtral-8x7b"), text)).Message,
            StringComparison.Ordinal);

    private static DeploymentPlan Read(EngineKind engine, string? model, string line, out ImportedPlan imported)
    {
        imported = LaunchFiles.Import(Options(engine, model), line);
        using var text = new StringWriter();
        YamlWriter.Write(imported.Document, text);
        return PlanReader.Read((DocumentMap)YamlDocument.Read(text.ToString()));
    }

    private static ImportOptions Options(EngineKind engine, string? model) =>
        new() { Engine = engine, ModelFile = model is null ? null : Path.Combine(Root, "examples", "configs", model + ".json"),
            Gpu = DeviceProfile.Find("H200") };
}
