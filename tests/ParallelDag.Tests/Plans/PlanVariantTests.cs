using ParallelDag.Documents;
using ParallelDag.Layers;
using ParallelDag.Plans;
using ParallelDag.Precisions;
using ParallelDag.Tests.Support;

namespace ParallelDag.Tests.Plans;

/// <summary>Plans that vary another one, plans without strategies, plans of a config.json with keys beside it.</summary>
public sealed class PlanVariantTests : IDisposable
{
    private const string Basis = """
        {"name": "p", "model": {"layers": 4, "hidden": 64, "heads": 8, "ffn": 128, "vocab": 100}, "cluster": {"gpus": 8, "gpu": "H100"},
        "workload": {"batch": 4, "promptLength": 16, "outputLength": 9, "microBatches": 2, "cachedPrompt": 0.5, "expertLoad": {"zipf": 1}},
        "timing": {"launch": "eager"}, "limits": {"ttft": "1 s"}, "prefill": {"tp": 2}, "decode": {"tp": 4}}
        """;

    private const string Config = """
        {"model_type": "llama", "architectures": ["LlamaForCausalLM"], "num_hidden_layers": 4, "hidden_size": 64, "num_attention_heads": 8,
        "num_key_value_heads": 4, "intermediate_size": 128, "vocab_size": 100, "torch_dtype": "bfloat16", "tie_word_embeddings": false}
        """;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("plans");

    public void Dispose() => _folder.Delete(recursive: true);

    private static DocumentNode Tree(string text) => PlanTexts.Tree(text, "v.json");

    private static PlanSpec Read(string text, PlanSpec? basis = null, string? folder = null) =>
        PlanReader.Read(Tree(text), "v.json", folder, basis).GetSpec();

    private static string[] Problems(string text, PlanSpec? basis = null, string? folder = null) =>
        [.. Assert.Throws<InputException>(() => Read(text, basis, folder)).Problems.Select(problem => problem.ToString())];

    [Fact]
    public void A_variant_is_the_plan_with_what_it_says()
    {
        PlanSpec basis = Read(Basis);
        Assert.Equal(basis, Read("{}", basis));
        Assert.Equal(basis with { Name = "q" }, Read("""{"name": "q"}""", basis));
        Assert.Equal(basis with { Workload = basis.Workload with { Batch = 8 } },
            Read("""{"workload": {"batch": 8}}""", basis));
        Assert.Equal(basis with { Workload = basis.Workload with { PromptLength = 8 } },
            Read("""{"workload": {"promptLength": 8}}""", basis));
        Assert.Equal(basis with { Workload = basis.Workload with { OutputLength = 8 } },
            Read("""{"workload": {"outputLength": 8}}""", basis));
        Assert.Equal(basis with { Workload = basis.Workload with { MicroBatches = 1 } },
            Read("""{"workload": {"microBatches": 1}}""", basis));
        Assert.Equal(basis with { Workload = basis.Workload with { CachedPrompt = 0 } },
            Read("""{"workload": {"cachedPrompt": 0}}""", basis));
        Assert.Equal(basis with { Workload = basis.Workload with { ExpertLoad = ExpertLoad.Uniform } },
            Read("""{"workload": {"expertLoad": "uniform"}}""", basis));
        Assert.Equal(basis with { Decode = new PhaseStrategy { Pp = 2 } }, Read("""{"decode": {"pp": 2}}""", basis));
        Assert.Equal(basis with { Cluster = basis.Cluster with { Gpus = 4 } }, Read("""{"cluster": {"gpus": 4, "gpu": "H100"}}""", basis));
        Assert.Equal(basis with { Limits = new LimitsSpec { Tpot = 1 } }, Read("""{"limits": {"tpot": "1 s"}}""", basis));
        Assert.Equal(2, Read("""{"model": {"layers": 2, "hidden": 64, "heads": 8, "ffn": 128, "vocab": 100}}""", basis).Model.Layers.Count);
        Assert.Equal(["v.json:1:2: unknown key 'decoed' in a plan; did you mean 'decode'?"], Problems("""{"decoed": {}}""", basis));
    }

    [Fact]
    public void A_plan_by_itself_has_a_name_and_all_sections()
    {
        Assert.Equal(
            ["v.json:1:1: the plan lacks the key 'name'", "v.json:1:1: the plan lacks the section 'model'",
                "v.json:1:1: the plan lacks the section 'cluster'", "v.json:1:1: the plan lacks the section 'workload'"],
            Problems("""{"prefill": {}}"""));
        Assert.Equal(["v.json:1:1: a plan is a mapping with the keys name, model, cluster, workload, prefill, decode, not a list"],
            Problems("[]"));
        Assert.Equal(["v.json:1:10: name must be a text, not a list"], Problems(Basis.Replace("\"p\"", "[]", StringComparison.Ordinal)));
    }

    /// <summary>The batch may be left to the phases, if each of them has one; the workload's is then 1.</summary>
    [Theory]
    [InlineData("{\"batch\": 4}", "{\"batch\": 8}", true)]
    [InlineData("{\"batch\": 4}", null, true)]
    [InlineData(null, "{\"batch\": 4}", true)]
    [InlineData("{\"batch\": 4}", "{\"tp\": 2}", false)]
    [InlineData("{\"instances\": [{\"batch\": 4}, {\"batch\": 2}]}", "{\"batch\": 6}", true)]
    [InlineData("{\"instances\": [{\"batch\": 4}, {\"tp\": 2}]}", "{\"batch\": 6}", false)]
    [InlineData("{\"tp\": 2}", null, false)]
    public void A_batch_is_the_workloads_or_of_every_phase(string? prefill, string? decode, bool accepted)
    {
        string text = Basis.Replace("\"batch\": 4, ", "", StringComparison.Ordinal).Replace("\"gpu\": ",
            "\"pool\": \"disaggregated\", \"gpu\": ",
            StringComparison.Ordinal).Replace("\"microBatches\": 2, ", "", StringComparison.Ordinal)
            .Replace("{\"ttft\": \"1 s\"}", "{\"bubble\": 1}", StringComparison.Ordinal);
        text = text[..text.IndexOf(", \"prefill\"", StringComparison.Ordinal)]
            + (prefill is null ? "" : $", \"prefill\": {prefill}") + (decode is null ? "" : $", \"decode\": {decode}") + "}";
        if (accepted)
            Assert.Equal(1, Read(text).Workload.Batch);
        else
            Assert.Equal(["v.json:2:13: workload lacks the key 'batch'"], Problems(text));
    }

    [Theory]
    [InlineData("\"expertLoad\": {\"zipf\": 1}", "\"expertLoad\": {\"zpif\": 1}", "workload.expertLoad lacks the key 'zipf'")]
    [InlineData("\"expertLoad\": {\"zipf\": 1}", "\"expertLoad\": {\"zipf\": 1, \"a\": 2}", "unknown key 'a' in workload.expertLoad")]
    [InlineData("\"expertLoad\": {\"zipf\": 1}", "\"expertLoad\": \"even\"", "workload.expertLoad must be uniform, {zipf: a} or a list")]
    [InlineData("\"outputLength\"", "\"outputLenght\"", "unknown key 'outputLenght' in workload; did you mean 'outputLength'?")]
    [InlineData("\"gpus\": 8", "\"gpus\": 8, \"gpusPerNod\": 8", "unknown key 'gpusPerNod' in cluster; did you mean 'gpusPerNode'?")]
    [InlineData("\"gpu\": \"H100\"",
        "\"gpu\": {\"memory\": \"1 GiB\", \"flops\": \"1 TFLOPS\", \"memoryBandwidth\": \"1 TB/s\", \"flosp\": 1}",
        "unknown key 'flosp' in cluster.gpu; did you mean 'flops'?")]
    [InlineData("\"gpu\": \"H100\"", "\"gpu\": {\"memory\": \"1 GiB\", \"memoryBandwidth\": \"1 TB/s\"}",
        "cluster.gpu lacks the key 'flops'")]
    [InlineData("\"gpu\": \"H100\"", "\"intraNode\": {\"bandwidht\": \"1 GB/s\"}, \"gpu\": \"H100\"",
        "unknown key 'bandwidht' in cluster.intraNode; did you mean 'bandwidth'?")]
    [InlineData("\"gpu\": \"H100\"", "\"hostLink\": {\"bandwidth\": \"1 GB/s\"}, \"gpu\": \"H100\"",
        "cluster.hostLink joins domains within a node, but a domain of 8 holds all 8 GPUs of a node")]
    [InlineData("\"gpu\": \"H100\"", "\"gpus_\": 1", "cluster lacks the key 'gpu'; give a device profile")]
    [InlineData("{\"tp\": 4}", "{\"instances\": []}", "the list is empty; give sets of instances")]
    [InlineData("{\"tp\": 4}", "{\"instances\": [{\"tpp\": 1}]}", "unknown key 'tpp' in decode.instances[0]; did you mean 'pp'?")]
    [InlineData("{\"tp\": 4}", "{\"instances\": {}}", "decode.instances must be a list, not a mapping")]
    public void A_mistake_is_told_with_its_place(string good, string bad, string message)
    {
        Assert.Contains(good, Basis, StringComparison.Ordinal);
        Assert.Contains(Problems(Basis.Replace(good, bad, StringComparison.Ordinal)),
            problem => problem.Contains(message, StringComparison.Ordinal) && problem.StartsWith("v.json:", StringComparison.Ordinal));
    }

    /// <summary>A link below the domain's within a node is one of nodes with several domains.</summary>
    [Theory]
    [InlineData(4, true)]
    [InlineData(8, false)]
    public void A_host_link_joins_domains_of_a_node(int domain, bool accepted)
    {
        string text = Basis.Replace("\"gpu\": \"H100\"", $$"""{{""}}"gpu": "H100", "domain": {{domain}}, "hostLink": {"latency": "3 us"}""",
            StringComparison.Ordinal);
        if (accepted)
            Assert.Equal(ClusterSpec.DefaultHostLink with { Latency = 3e-6 }, Read(text).Cluster.HostLink);
        else
            Assert.Single(Problems(text));
    }

    /// <summary>What plans are searched for has no strategies and may have no batch; with strategies it is a plan.</summary>
    [Fact]
    public void An_environment_has_no_strategies_or_all_of_a_plan()
    {
        string environment = Basis[..Basis.IndexOf(", \"prefill\"", StringComparison.Ordinal)] + "}";
        PlanSpec spec = PlanReader.ReadEnvironment(Tree(environment));
        Assert.Equal((null, null, 4), (spec.Prefill, spec.Decode, spec.Workload.Batch));
        Assert.Equal(1, PlanReader.ReadEnvironment(Tree(environment.Replace("\"batch\": 4, ", "",
            StringComparison.Ordinal))).Workload.Batch);
        Assert.Equal(Read(Basis), PlanReader.ReadEnvironment(Tree(Basis)));
        Assert.Equal(Read(environment[..^1] + ", \"prefill\": {}}"),
            PlanReader.ReadEnvironment(Tree(environment[..^1] + ", \"prefill\": {}}")));
        string decode = environment.Replace("{\"ttft\": \"1 s\"}", "{\"bubble\": 1}", StringComparison.Ordinal)[..^1] + ", \"decode\": {}}";
        Assert.Equal(Read(decode), PlanReader.ReadEnvironment(Tree(decode)));
        Assert.Contains("-4 is out of range", Assert.Throws<InputException>(() => PlanReader.ReadEnvironment(
            Tree(environment.Replace("\"batch\": 4", "\"batch\": -4", StringComparison.Ordinal)), "v.json")).Message,
                StringComparison.Ordinal);
        Assert.Throws<InputException>(() => PlanReader.ReadEnvironment(Tree("[]")));
        foreach ((string good, string bad, string path) in new[]
        {
            ("\"p\"", "\"a/b\"", "cannot become file names"), ("\"gpus\": 8", "\"gpus\": 0", "0 is out of range"),
            ("\"hidden\": 64", "\"hidden\": 64, \"kvHeads\": 3", "8 heads do not divide evenly over 3 kvHeads"),
            ("\"ttft\": \"1 s\"", "\"bubble\": 2", "no share of a time"),
        })
        {
            Assert.Contains(path, Assert.Throws<InputException>(() => PlanReader.ReadEnvironment(
                Tree(environment.Replace(good, bad, StringComparison.Ordinal)), "v.json")).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_cluster_by_itself()
    {
        Assert.Equal(Read(Basis).Cluster, PlanReader.ReadCluster(Tree("""{"gpus": 8, "gpu": "H100"}""")));
        Assert.Throws<InputException>(() => PlanReader.ReadCluster(Tree("""{"gpus": 8}""")));
    }

    /// <summary>A dense FFN that the section declares must be one that strategies can split, though no layer has it.</summary>
    [Fact]
    public void A_declared_width_is_held_to_the_strategies()
    {
        string experts = Basis.Replace("\"ffn\": 128", "\"ffn\": 129, \"moe\": {\"experts\": 4, \"topK\": 2, \"ffn\": 64}",
            StringComparison.Ordinal);
        Assert.Equal(
            ["v.json:3:77: an FFN of 129 does not divide evenly over tp 2", "v.json:3:98: an FFN of 129 does not divide evenly over tp 4"],
            Problems(experts).Select(problem => problem.Split(';')[0]));
        Assert.Equal(Read(experts.Replace("129", "256", StringComparison.Ordinal)).Model,
            Read(experts.Replace("129", "512", StringComparison.Ordinal)).Model);
    }

    [Fact]
    public void An_engine_fills_what_neither_the_phase_nor_a_set_writes()
    {
        string Plan(string decode) => Basis.Replace("\"name\": \"p\"", "\"name\": \"p\", \"engine\": \"vllm\"", StringComparison.Ordinal)
            .Replace("{\"tp\": 4}", decode, StringComparison.Ordinal).Replace("\"gpu\":", "\"pool\": \"disaggregated\", \"gpu\":",
                StringComparison.Ordinal);
        Assert.Equal(64, Read(Plan("{\"tp\": 2}")).Decode!.VocabPadding);
        Assert.Equal(1, Read(Plan("{\"tp\": 2, \"vocabPadding\": 1}")).Decode!.VocabPadding);
        Assert.Equal([64, 1], Read(Plan("{\"instances\": [{\"tp\": 2}, {\"vocabPadding\": 1}]}")).Decode!.Sets
            .Select(set => set.VocabPadding));
        Assert.Equal([1, 1], Read(Plan("{\"vocabPadding\": 1, \"instances\": [{\"tp\": 2}, {}]}")).Decode!.Sets
            .Select(set => set.VocabPadding));

        // A variant that names an engine fills what its basis has at the default; one that does not leaves the basis alone.
        PlanSpec basis = Read(Basis), vllm = Read(Plan("{\"tp\": 2}"));
        Assert.Equal(64, Read("""{"engine": "vllm"}""", basis).Decode!.VocabPadding);
        Assert.Equal(8, Read("""{"engine": "vllm"}""",
            basis with { Decode = basis.Decode! with { VocabPadding = 8 } }).Decode!.VocabPadding);
        PlanSpec plain = vllm with { Decode = vllm.Decode! with { VocabPadding = 1 } };
        Assert.Equal(1, Read("{}", plain).Decode!.VocabPadding);
        Assert.Equal(64, Read("""{"decode": {"tp": 2}}""", plain).Decode!.VocabPadding);
    }

    private string Write(string name, string text)
    {
        string path = Path.Combine(_folder.FullName, name);
        File.WriteAllText(path, text);
        return path;
    }

    private static string WithModel(string model) => Basis.Replace(
        "{\"layers\": 4, \"hidden\": 64, \"heads\": 8, \"ffn\": 128, \"vocab\": 100}", model, StringComparison.Ordinal);

    [Fact]
    public void A_config_is_found_from_the_folder_of_the_plan()
    {
        string path = Write("config.json", Config);
        PlanSpec relative = Read(WithModel("\"config.json\""), folder: _folder.FullName);
        PlanSpec rooted = Read(WithModel($"\"{path}\""), folder: "elsewhere");
        Assert.Equal(relative.Model, rooted.Model);
        Assert.Equal((path, path), (relative.ModelFile, rooted.ModelFile));
        Assert.Equal(4, relative.Model.Layers.Count);
        Assert.Equal(relative, Read("{}", relative));
        string[] missing = Problems(WithModel("\"none.json\""), folder: _folder.FullName);
        Assert.StartsWith("v.json:1:24: model none.json: ", Assert.Single(missing), StringComparison.Ordinal);

        // A fault within the config is told with its place there.
        Write("bad.json", Config.Replace("4, \"hidden_size\": 64", "4, \"hidden_size\": []", StringComparison.Ordinal));
        Assert.StartsWith("bad.json:", Problems(WithModel("\"bad.json\""), folder: _folder.FullName)[0], StringComparison.Ordinal);
    }

    [Fact]
    public void Keys_beside_a_config_replace_what_it_says()
    {
        Write("config.json", Config);
        ModelSpec plain = Model("{\"config\": \"config.json\"}");
        Assert.Equal(plain, Read(WithModel("\"config.json\""), folder: _folder.FullName).Model);
        Assert.Equal(plain with { Precision = Precision.Of(NumberFormat.Fp16) },
            Model("{\"config\": \"config.json\", \"dtype\": \"fp16\"}"));
        Assert.Equal(plain with { Precision = plain.Precision with { KvCache = NumberFormat.Fp8 } },
            Model("{\"config\": \"config.json\", \"precision\": {\"kvCache\": \"fp8\"}}"));
        Assert.Equal(plain with { Vocabulary = plain.Vocabulary with { Size = 200 } },
            Model("{\"config\": \"config.json\", \"vocab\": 200}"));
        ModelSpec both = Model("{\"config\": \"config.json\", \"layers\": 2, \"precision\": {\"kvCache\": \"fp8\"}}");
        Assert.Equal((2, NumberFormat.Fp8, plain.Vocabulary), (both.Layers.Count, both.Precision.KvCache, both.Vocabulary));
        Assert.Equal(["v.json:1:50: unknown key 'vocba' in model; did you mean 'vocab'?"],
            Problems(WithModel("{\"config\": \"config.json\", \"vocba\": 200}"), folder: _folder.FullName));
        Assert.Single(Problems(WithModel("{\"config\": \"config.json\", \"vocab\": 200, \"dtype\": \"fp9\"}"), folder: _folder.FullName));
        Assert.Equal(["v.json:1:35: model.config must be the path of a config.json"],
            Problems(WithModel("{\"config\": []}"), folder: _folder.FullName));

        ModelSpec Model(string model) => Read(WithModel(model), folder: _folder.FullName).Model;
    }

    [Fact]
    public void A_model_beyond_plan_files_takes_formats_alone()
    {
        Write("config.json", Config[..Config.LastIndexOf('}')] + """
            , "quantization_config": {"quant_method": "fp8", "modules_to_not_convert": ["model.layers.0.mlp.down_proj"],
            "activation_scheme": "dynamic"}}
            """);
        ModelSpec model = Read(WithModel("\"config.json\""), folder: _folder.FullName).Model;
        Assert.True(ModelDocument.BeyondPlanFiles(model));
        Assert.Equal(NumberFormat.Fp8, Read(WithModel("{\"config\": \"config.json\", \"precision\": {\"kvCache\": \"fp8\"}}"),
            folder: _folder.FullName).Model.Precision.KvCache);
        Assert.Equal(["v.json:1:50: vocab cannot replace what this config says: its layers keep formats of their own; "
            + "give precision and dtype only"],
            Problems(WithModel("{\"config\": \"config.json\", \"vocab\": 200}"), folder: _folder.FullName));
    }

    [Fact]
    public void A_plan_is_told_by_its_strategies()
    {
        PlanSpec spec = Read(Basis);
        Assert.Equal("p: prefill tp2, decode tp4", DeploymentPlan.Create(spec).ToString());
        Assert.Equal("p: prefill tp2", DeploymentPlan.Create(spec with { Decode = null }).ToString());
        Assert.Equal("p: decode tp4", DeploymentPlan.Create(spec with { Prefill = null, Limits = null }).ToString());
        Assert.Null(DeploymentPlan.Create(spec with { Decode = null }).Layout(new PhaseId(PhaseKind.Decode)));
    }
}
