using ParallelDag.Engines;
using ParallelDag.Wording;
using static ParallelDag.Formats.Tests.Engines.EnginePlans;

namespace ParallelDag.Formats.Tests.Engines;

/// <summary>Command lines to the letter.</summary>
public sealed class LaunchCommandTests
{
    private const string DeepSeek = """
        name: dsv3
        model: { layers: 61, hidden: 7168, heads: 128, ffn: 18432, vocab: 129280, dtype: fp8,
          mla: { qLoraRank: 1536, kvLoraRank: 512, qkNopeHeadDim: 128, qkRopeHeadDim: 64, vHeadDim: 128 },
          moe: { experts: 256, topK: 8, ffn: 2048, sharedExperts: 1, firstDenseLayers: 3, routerBias: true } }
        cluster: { gpus: 96, gpu: H200, pool: disaggregated }
        workload: { batch: 512, promptLength: 2048, outputLength: 512 }
        prefill: { dp: 32, ep: 32, expertParallel: folded }
        decode: { dp: 64, ep: 64, expertParallel: folded }
        """;

    [Fact]
    public void Tensor_parallel_experts()
    {
        DeploymentPlan plan = Read(
            Text("prefill: { tp: 8 }\ndecode: { tp: 8 }", workload: "batch: 32, promptLength: 2048, outputLength: 256"));
        Assert.Equal("vllm serve MODEL --tensor-parallel-size 8 --max-model-len 2304 --max-num-seqs 32", Command(plan, EngineKind.Vllm));
        Assert.Equal("python3 -m sglang.launch_server --model-path MODEL --tp-size 8 --context-length 2304 --max-running-requests 32",
            Command(plan, EngineKind.Sglang));
        Launch trtllm = Start(plan, EngineKind.Trtllm);
        Assert.Equal("trtllm-serve MODEL --config plan.yaml", Commands(trtllm).Single().Value);
        Assert.Equal(
            "tensor_parallel_size: 8\npipeline_parallel_size: 1\nmoe_expert_parallel_size: 1\nmoe_tensor_parallel_size: "
                + "8\nenable_attention_dp: false\nmax_seq_len: 2304\nmax_batch_size: 32\n",
            Uncommented(trtllm.Files.Single(file => file.Name == "plan.yaml")));
        Assert.Empty(Start(plan, EngineKind.Vllm).Remarks);
        Assert.Empty(Start(plan, EngineKind.Sglang).Remarks);
        Assert.Empty(trtllm.Remarks);
    }

    [Fact]
    public void Stages()
    {
        DeploymentPlan plan = Read(
            Text("prefill: { tp: 4, pp: 2 }\ndecode: { tp: 4, pp: 2 }", "llama-3.1-70b",
                workload: "batch: 16, promptLength: 4096, outputLength: 512"));
        Assert.Equal(
            "vllm serve MODEL --tensor-parallel-size 4 --pipeline-parallel-size 2 --max-model-len 4608 --max-num-seqs 16",
                Command(plan, EngineKind.Vllm));
        Assert.Equal(
            "python3 -m sglang.launch_server --model-path MODEL --tp-size 4 --pp-size 2 --context-length 4608 --max-running-requests 16",
            Command(plan, EngineKind.Sglang));
        Assert.StartsWith(
            "tensor_parallel_size: 4\npipeline_parallel_size: 2\nenable_attention_dp: false\n",
            Uncommented(Start(plan, EngineKind.Trtllm).Files.Single(file => file.Name == "plan.yaml")));
    }

    [Fact]
    public void Wide_expert_parallelism_on_vllm()
    {
        Dictionary<string, string> commands = Commands(Start(Read(DeepSeek), EngineKind.Vllm));
        Assert.Equal(4 + 8, commands.Count);
        for (int node = 0; node < 12; node++)
        {
            (string phase, int index, int ranks, int sequences) = node < 4 ? ("prefill", node, 32, 16) : ("decode", node - 4, 64, 8);
            string place = index == 0 ? "" : Words.Invariant($"--data-parallel-start-rank {8 * index} --headless ");
            (string backend, string role) = phase == "prefill" ? ("deepep_high_throughput", "kv_producer")
                : ("deepep_low_latency", "kv_consumer");
            Assert.Equal(
                Words.Invariant(
                    $"vllm serve MODEL --tensor-parallel-size 1 --data-parallel-size {ranks} --data-parallel-size-local 8 {place}")
                + $"--data-parallel-address $HEAD --data-parallel-rpc-port 13345 --enable-expert-parallel --all2all-backend {backend} "
                    + "--max-model-len 2560 "
                + Words.Invariant(
                    $"--max-num-seqs {sequences} --kv-transfer-config '{{\"kv_connector\":\"NixlConnector\",\"kv_role\":\"{role}\"}}'"),
                commands[Words.Invariant($"dsv3_{phase}_node{index}.sh")]);
        }
    }

    [Fact]
    public void Wide_expert_parallelism_on_SGLang()
    {
        Dictionary<string, string> commands = Commands(Start(Read(DeepSeek), EngineKind.Sglang));
        Assert.Equal(4 + 8 + 1, commands.Count);
        Assert.Equal(
            "python3 -m sglang.launch_server --model-path MODEL --tp-size 32 --dp-size 32 --enable-dp-attention --ep-size 32 "
                + "--moe-a2a-backend deepep "
            + "--moe-dense-tp-size 1 --context-length 2560 --max-running-requests 512 --disaggregation-mode prefill "
            + "--disaggregation-transfer-backend nixl --nnodes 4 --node-rank 3 --dist-init-addr $HEAD:20000",
            commands["dsv3_prefill_node3.sh"]);
        Assert.Equal(
            "python3 -m sglang_router.launch_router --pd-disaggregation --prefill http://$PREFILL_0:30000 --decode http://$DECODE_0:30000",
                commands["dsv3_router.sh"]);
    }

    [Fact]
    public void Wide_expert_parallelism_on_TensorRT_LLM()
    {
        Launch launch = Start(Read(DeepSeek), EngineKind.Trtllm);
        Assert.StartsWith(
            "tensor_parallel_size: 32\npipeline_parallel_size: 1\nmoe_expert_parallel_size: 32\nmoe_tensor_parallel_size: "
                + "1\nenable_attention_dp: true\n",
            Uncommented(launch.Files.Single(file => file.Name == "dsv3_prefill.yaml")));
        Assert.Equal(
            "srun -N 8 --ntasks 64 --ntasks-per-node 8 --mpi=pmix trtllm-llmapi-launch trtllm-serve MODEL --config dsv3_decode.yaml",
                Commands(launch)["dsv3_decode.sh"]);
    }

    /// <summary>61 layers over 4 stages: each engine has a rule of its own for the remainder.</summary>
    [Theory]
    [InlineData("15, 15, 16, 15", null, "15,15,16,15", "15, 15, 16, 15")]
    [InlineData("15, 15, 15, 16", "15,15,15,16", "15,15,15,16", "15, 15, 15, 16")]
    [InlineData("16, 15, 15, 15", "16,15,15,15", "16,15,15,15", null)]
    public void Uneven_stages(string layers, string? vllm, string sglang, string? trtllm)
    {
        DeploymentPlan plan = Read(Text($"prefill: {{ tp: 8, pp: 4, layersPerStage: [{layers}] }}", "deepseek-r1", "gpus: 32"));
        string Scripts(EngineKind engine) => string.Concat(Start(plan, engine).Files.Select(Uncommented));
        Assert.Equal(vllm, Value(Scripts(EngineKind.Vllm), "export VLLM_PP_LAYER_PARTITION="));
        Assert.Equal(sglang, Value(Scripts(EngineKind.Sglang), "export SGLANG_PP_LAYER_PARTITION="));
        Assert.Equal(trtllm is null ? null : $"[{trtllm}]", Value(Scripts(EngineKind.Trtllm), "pp_partition: "));
    }

    [Fact]
    public void Instances_on_one_node_have_ports_and_GPUs_of_their_own()
    {
        Launch launch = Start(Load("examples/gallery/llama_70b_4p1d.yaml"), EngineKind.Vllm);
        Assert.Equal(5, launch.Files.Count);
        for (int instance = 0; instance < 5; instance++)
        {
            string script = launch.Files.Single(
                file => file.Name == (instance < 4 ? Words.Invariant($"llama_70b_4p1d_prefill_{instance}.sh")
                    : "llama_70b_4p1d_decode.sh")).Text;
            Assert.Contains(Words.Invariant($" --port {8000 + instance}\n"), script, StringComparison.Ordinal);
            Assert.Contains(Words.Invariant($"export VLLM_NIXL_SIDE_CHANNEL_PORT={5600 + 100 * instance}\n"), script,
                StringComparison.Ordinal);
            Assert.Contains($"export CUDA_VISIBLE_DEVICES={(instance < 4 ? Words.Invariant($"{instance}") : "4,5,6,7")}\n",
                script, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("prefill: { tp: 8, chunk: 4096 }", "--max-num-batched-tokens 4096", "--chunked-prefill-size 4096",
        "enable_chunked_prefill: true\nmax_num_tokens: 4096")]
    [InlineData("prefill: { dp: 8, ep: 8, expertParallel: folded, chunk: 4096 }", "--max-num-batched-tokens 512",
        "--chunked-prefill-size 4096", "enable_chunked_prefill: true\nmax_num_tokens: 512")]
    [InlineData("decode: { dp: 8, ep: 8, expertParallel: folded, redundantExperts: 8 }",
        "--enable-eplb --eplb-config '{\"num_redundant_experts\":8}'", "--enable-eplb --ep-num-redundant-experts 8", "num_slots: 16")]
    [InlineData("decode: { dp: 8, ep: 8, expertParallel: folded, dispatch: allGather }", "--enable-expert-parallel --max-model-len",
        "--ep-size 8 --context-length", "moe_expert_parallel_size: 8")]
    public void Keys_become_options(string phase, string vllm, string sglang, string trtllm)
    {
        DeploymentPlan plan = Read(Text(phase, cluster: "gpus: 8"));
        Assert.Contains(vllm, Command(plan, EngineKind.Vllm), StringComparison.Ordinal);
        Assert.Contains(sglang, Command(plan, EngineKind.Sglang), StringComparison.Ordinal);
        Assert.Contains(trtllm, string.Concat(Start(plan, EngineKind.Trtllm).Files.Select(Uncommented)), StringComparison.Ordinal);
    }

    [Fact]
    public void A_cache_over_tensor_parallel_ranks_and_its_format()
    {
        DeploymentPlan plan = Load("examples/gallery/kimi_k2_tp8_pp2_dcp8.yaml");
        string vllm = Commands(Start(plan, EngineKind.Vllm))["kimi_k2_tp8_pp2_dcp8_node1.sh"];
        Assert.Equal(
            "vllm serve MODEL --tensor-parallel-size 8 --pipeline-parallel-size 2 --decode-context-parallel-size 8 --nnodes 2 --node-rank "
                + "1 --master-addr $HEAD --headless "
            + "--max-model-len 2048 --max-num-seqs 2 --kv-cache-dtype fp8 --gpu-memory-utilization 0.95", vllm);
        Assert.Contains("--dcp-size 8 ", Commands(Start(plan, EngineKind.Sglang))["kimi_k2_tp8_pp2_dcp8_node0.sh"],
            StringComparison.Ordinal);
    }

    [Fact]
    public void Whatever_is_given_is_quoted()
    {
        DeploymentPlan plan = Read(Text("prefill: { tp: 8 }", cluster: "gpus: 8"));
        Launch launch = Launch.Of(plan, new LaunchOptions { Engine = EngineKind.Vllm, Model = "it's $(rm -rf /) `x` \"y\"", Port = 9000 });
        Assert.StartsWith("vllm serve 'it'\\''s $(rm -rf /) `x` \"y\"' --tensor", Commands(launch).Single().Value,
            StringComparison.Ordinal);
        Assert.EndsWith(" --port 9000", Commands(launch).Single().Value, StringComparison.Ordinal);
    }

    [Fact]
    public void Named_nodes_stand_in_place_of_variables()
    {
        DeploymentPlan plan = Read(DeepSeek);
        var options = new LaunchOptions { Engine = EngineKind.Sglang, Model = "MODEL",
            Nodes = [.. Enumerable.Range(0, 12).Select(node => $"node{node:00}")] };
        Dictionary<string, string> commands = Commands(Launch.Of(plan, options));
        Assert.EndsWith("--node-rank 2 --dist-init-addr node04:20000", commands["dsv3_decode_node2.sh"], StringComparison.Ordinal);
        Assert.EndsWith("--prefill http://node00:30000 --decode http://node04:30000", commands["dsv3_router.sh"], StringComparison.Ordinal);
        Assert.Contains("12 nodes", Assert.Throws<InputException>(() => Launch.Of(plan, options with { Nodes = ["a", "b"] })).Message,
            StringComparison.Ordinal);
        Assert.Contains("name the nodes",
            Assert.Throws<InputException>(() => Launch.Of(plan, options with { Nodes = [], Head = "a" })).Message,
                StringComparison.Ordinal);
    }

    private static string? Value(string text, string prefix) =>
        text.Split('\n').FirstOrDefault(line => line.StartsWith(prefix, StringComparison.Ordinal))?[prefix.Length..];
}
