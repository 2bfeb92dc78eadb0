using ParallelDag.Checks;
using ParallelDag.Graphs;
using ParallelDag.Lowering;
using ParallelDag.Tensors;

namespace ParallelDag.Tests.Checks;

/// <summary>For every rule a good generated DAG, one mutation, and that rule fails and names what was broken.</summary>
public class MutationTests
{
    private static readonly Lazy<Dag> Operator = new(() => DagGenerator.Generate(SamplePlans.Reference(8)));
    private static readonly Lazy<Dag> Device = new(() => DagGenerator.Generate(SamplePlans.Reference(4), DetailLevel.Device));
    private static readonly Lazy<Dag> Overview = new(() => DagGenerator.Generate(SamplePlans.Reference(8), DetailLevel.Overview));

    private static DagMutator Broken => new(Operator.Value);

    [Fact]
    public void PD001_a_residual_that_leads_back_to_its_norm()
    {
        CheckResult result =
            RuleAssert.Fails("PD001", Broken.AddEdge("prefill_l1_attention_residual_sp0", "prefill_l1_attention_norm_sp0").Build());
        Assert.Equal("prefill_l1_attention_norm_sp0", result.Nodes[0]);
        Assert.Equal(result.Nodes[0], result.Nodes[^1]);
        Assert.Contains("prefill_l1_attention_residual_sp0 -> prefill_l1_attention_norm_sp0", result.Edges);
        Assert.Equal(result.Nodes.Count - 1, result.Edges.Count);
        for (int i = 0; i < result.Edges.Count; i++)
            Assert.Equal($"{result.Nodes[i]} -> {result.Nodes[i + 1]}", result.Edges[i]);
    }

    [Fact]
    public void PD002_a_norm_that_nobody_reads()
    {
        DagMutator mutator = Broken;
        mutator.Nodes.Add(mutator.Nodes[mutator.Index("prefill_l1_ffn_norm_sp0")] with { Id = "stray" });
        Assert.Equal(["stray"], RuleAssert.Fails("PD002", mutator.AddEdge("prefill_l1_attention_residual_sp0", "stray").Build()).Nodes);
    }

    [Fact]
    public void PD003_a_gate_without_GPUs() =>
        Assert.Equal(["prefill_l3_gate_sp1"], RuleAssert.Fails("PD003", Broken.Gpus("prefill_l3_gate_sp1", null).Build()).Nodes);

    [Fact]
    public void PD003_a_pool_that_is_too_small()
    {
        CheckResult result = RuleAssert.Fails("PD003", Broken.WithHeader(header => header with { Pool = GpuSet.Range(0, 62) }).Build());
        Assert.Contains("outside the pool 0-62", result.Evidence, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void PD004_a_norm_without_dimensions(bool input)
    {
        Dag dag = Broken.Facts("decode_l2_ffn_norm",
            facts => input ? facts with { Input = TensorList.None } : facts with { Output = TensorList.None }).Build();
        Assert.Equal(["decode_l2_ffn_norm"], RuleAssert.Fails("PD004", dag).Nodes);
    }

    [Theory]
    [InlineData("prefill_l1_qkv_projection_sp0_tp0", "hidden", 256)]
    [InlineData("prefill_l1_qkv_projection_sp0_tp0", "seq_len", 5119)]
    [InlineData("prefill_l1_attention_sp1_tp1", "heads", 8)]
    [InlineData("prefill_l1_attention_sp1_tp1", "kv_heads", 8)]
    [InlineData("prefill_l2_top_k_sp0", "experts", 8)]
    [InlineData("prefill_l2_dispatch", "hidden", 1024)]
    [InlineData("prefill_l1_kv_all_gather_tp0", "seq_len", 5119)]
    [InlineData("prefill_l2_experts_ep0", "tokens", 2561)]
    [InlineData("prefill_l2_experts_ep0", "hidden", 511)]
    [InlineData("prefill_l2_expert_aggregation_sp0", "top_k", 3)]
    [InlineData("decode_l2_attention_tp0", "d_k", 128)]
    [InlineData("prefill_lm_head_tp0", "hidden", 1024)]
    public void PD005_an_input_that_nobody_yields(string node, string dimension, long size)
    {
        CheckResult result =
            RuleAssert.Fails("PD005",
                Broken.Facts(Resolve(node), facts => facts with { Input = Resized(facts.Input, dimension, size) }).Build());
        Assert.Contains(Resolve(node), result.Nodes);
    }

    [Fact]
    public void PD005_a_cache_of_another_length()
    {
        // Only K can tell: where decode reads what is cached no producer yields all of it.
        Dag dag = Broken.Facts("decode_l3_attention_tp1", facts => facts with { Input = Resized(facts.Input, "seq_len", 10000, "K", "V") })
            .Build();
        CheckResult result = RuleAssert.Fails("PD005", dag);
        Assert.Equal(["decode_l3_attention_tp1"], result.Nodes);
        Assert.Contains("seq_len 10000, elsewhere 10368", result.Evidence, StringComparison.Ordinal);
    }

    [Fact]
    public void PD005_sequences_that_get_lost()
    {
        Dag dag = Broken.Facts("decode_s4_output", facts => facts with { Input = Resized(facts.Input, "batch_size", 5) }).Build();
        Assert.Equal(["decode_s4_output"], RuleAssert.Fails("PD005", dag).Nodes);
    }

    [Theory]
    [InlineData("prefill_l1_attention_all_gather_sp0", "heads", 7)]
    [InlineData("prefill_l1_kv_all_gather_tp0", "seq_len", 10241)]
    [InlineData("prefill_l1_ffn_all_reduce_sp0", "hidden", 1024)]
    [InlineData("prefill_l2_combine", "hidden", 1024)]
    [InlineData("prefill_l1_dispatch", "tokens", 9999)]
    public void PD005_a_collective_that_yields_what_it_cannot(string node, string dimension, long size)
    {
        CheckResult result =
            RuleAssert.Fails("PD005", Broken.Facts(node, facts => facts with { Output = Resized(facts.Output, dimension, size) }).Build());
        Assert.Contains(node, result.Nodes);
    }

    [Theory]
    [InlineData("prefill_l1_ffn_all_reduce_sp0", "tp=P", "tp=R")]
    [InlineData("prefill_l1_attention_all_gather_sp0", "tp=S(heads)", "tp=S(d_k)")]
    [InlineData("prefill_l2_experts_ep1", "tp=R", "tp=S(tokens)")]
    public void PD005_a_placement_that_changes_without_an_operation(string node, string from, string to)
    {
        Dag dag = Broken.Facts(node, facts =>
        {
            Assert.Contains(from, facts.InputPlacement!.ToString(), StringComparison.Ordinal);
            return facts with { InputPlacement =
                PlacementList.Parse(facts.InputPlacement!.ToString().Replace(from, to, StringComparison.Ordinal)) };
        }).Build();
        Assert.Contains(node, RuleAssert.Fails("PD005", dag).Nodes);
    }

    [Fact]
    public void PD005_a_sum_that_is_never_taken()
    {
        // The residual reads the owed sum itself; the All-Reduce leads nowhere else, so it goes.
        DagMutator mutator = Broken;
        foreach (string sp in new[] { "sp0", "sp1" })
        {
            mutator.AddEdge($"prefill_l8_expert_aggregation_{sp}", $"prefill_l8_ffn_residual_{sp}");
        }

        CheckResult result = RuleAssert.Fails("PD005", mutator.Build());
        Assert.Contains("tp goes from P to R", result.Evidence, StringComparison.Ordinal);
        Assert.Equal(["prefill_l8_expert_aggregation_sp0 -> prefill_l8_ffn_residual_sp0",
            "prefill_l8_expert_aggregation_sp1 -> prefill_l8_ffn_residual_sp1"], result.Edges);
    }

    [Fact]
    public void PD005_a_producer_that_yields_another_head_size()
    {
        CheckResult result =
            RuleAssert.Fails("PD005",
                Broken.Facts("prefill_l5_qkv_projection_sp0_tp1", facts => facts with { Output = Resized(facts.Output, "d_k", 32) })
                .Build());
        Assert.Contains("prefill_l5_qkv_projection_sp0_tp1", result.Nodes);
    }

    [Theory]
    [InlineData("prefill_l1_kv_all_gather_tp0", "0,2,4,6,8,10,12,15")]
    [InlineData("prefill_l1_dispatch", "0-14")]
    [InlineData("prefill_l1_dispatch", "16-31")]
    [InlineData("decode_l3_ffn_all_reduce", "16-17,20-21,24-25,28,30")]
    public void PD006_members_that_are_no_whole_groups(string node, string gpus)
    {
        CheckResult result = RuleAssert.Fails("PD006", Broken.Gpus(node, gpus).Build());
        Assert.Equal([node], result.Nodes);
    }

    [Fact]
    public void PD006_a_group_of_the_wrong_size_or_number()
    {
        Assert.Contains("degree of no axis",
            RuleAssert.Fails("PD006", Broken.Facts("prefill_l1_combine", facts => facts with { GroupSize = 8 }).Build()).Evidence,
            StringComparison.Ordinal);
        Assert.Contains("stands for 3 groups on the GPUs of 4",
            RuleAssert.Fails("PD006", Broken.Facts("prefill_l1_combine", facts => facts with { Groups = 3 }).Build()).Evidence,
            StringComparison.Ordinal);
    }

    [Fact]
    public void PD006_an_axis_of_the_header_that_does_not_fit_the_GPUs()
    {
        Dag dag = Broken.WithHeader(header => header with
        {
            Phases = [header.Phases[0] with { Axes = new Dictionary<string, int>(header.Phases[0].Axes) { ["tp"] = 4 } }, header.Phases[1]],
        }).Build();
        Assert.Contains("prefill: the axes multiply to 128 ranks on 64 GPUs", RuleAssert.Comes(CheckStatus.Fail, "PD006", dag).Evidence,
            StringComparison.Ordinal);
    }

    [Fact]
    public void PD007_a_send_past_the_next_stage()
    {
        CheckResult result =
            RuleAssert.Fails("PD007", Broken.AddEdge("prefill_s1_pipeline_send_recv", "prefill_l5_attention_norm_sp0").Build());
        Assert.Equal(["prefill_s1_pipeline_send_recv"], result.Nodes);
        Assert.Contains("stage 1 to stage 3", result.Evidence, StringComparison.Ordinal);
    }

    [Fact]
    public void PD007_hidden_states_that_jump_a_stage()
    {
        CheckResult result =
            RuleAssert.Fails("PD007", Broken.AddEdge("prefill_l2_ffn_residual_sp0", "prefill_l5_attention_norm_sp0").Build());
        Assert.Equal(["prefill_l2_ffn_residual_sp0 -> prefill_l5_attention_norm_sp0"], result.Edges);
    }

    [Fact]
    public void PD007_a_receiver_that_is_missing()
    {
        CheckResult result = RuleAssert.Fails("PD007", Broken.Gpus("prefill_s1_pipeline_send_recv", "0-30").Build());
        Assert.Contains("16 of stage 1, 15 of stage 2", result.Evidence, StringComparison.Ordinal);
    }

    [Fact]
    public void PD007_a_GPU_that_sends_nothing()
    {
        CheckResult result = RuleAssert.Fails("PD007", Broken.Gpus("prefill_s1_pipeline_send_recv", "0-14,16-30").Build());
        Assert.Contains("nothing sent or received on GPUs 15,31", result.Evidence, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("4-8", "expert 8 is also on")]
    [InlineData("0-3", "expert 0 is also on")]
    [InlineData("5-7", "1 expert without a home, the first is 4")]
    [InlineData("4-7,16", "beyond the gate's 16")]
    [InlineData(null, "do not say which")]
    [InlineData("all", "no list of ranges")]
    public void PD008_experts_with_two_homes_or_none(string? experts, string fault)
    {
        CheckResult result =
            RuleAssert.Fails("PD008", Broken.Facts("prefill_l2_experts_ep1", facts => facts with { Experts = experts }).Build());
        Assert.Contains("prefill_l2_experts_ep1", result.Nodes);
        Assert.Contains(fault, result.Evidence, StringComparison.Ordinal);
        Assert.Contains("prefill layer 2", result.Evidence + (experts is null or "all" ? "prefill layer 2" : ""), StringComparison.Ordinal);
    }

    [Fact]
    public void PD008_a_replica_that_holds_other_experts()
    {
        CheckResult result =
            RuleAssert.Fails("PD008",
                new DagMutator(Device.Value).Facts("prefill_l2_experts_g18", facts => facts with { Experts = "4-7" }).Build());
        Assert.Contains("prefill_l2_experts_g18", result.Nodes);
    }

    [Fact]
    public void PD008_fewer_tokens_than_were_chosen()
    {
        // Both sides of the combine agree with their neighbours in rank and names, so only the count of slots tells.
        Dag dag = Broken.Facts("prefill_l2_combine", facts => facts with { Output = Resized(facts.Output, "top_k", 1) })
            .Facts("prefill_l2_expert_aggregation_sp0", facts => facts with { Input = Resized(facts.Input, "top_k", 1) })
            .Facts("prefill_l2_expert_aggregation_sp1", facts => facts with { Input = Resized(facts.Input, "top_k", 1) }).Build();
        CheckResult result = RuleAssert.Fails("PD008", dag);
        Assert.Equal(["prefill_l2_combine"], result.Nodes);
        Assert.Contains("top_k 1, chosen 2", result.Evidence, StringComparison.Ordinal);
    }

    [Fact]
    public void PD009_a_gate_edge_that_is_missing()
    {
        CheckResult result = RuleAssert.Fails("PD009", Broken.RemoveEdge("prefill_l2_top_k_sp1", "prefill_l2_experts_ep3").Build());
        Assert.Equal(["prefill_l2_top_k_sp1", "prefill_l2_experts_ep3"], result.Nodes);
        Assert.Contains("no gate edge to prefill_l2_experts_ep3", result.Evidence, StringComparison.Ordinal);
    }

    [Fact]
    public void PD009_a_gate_edge_on_one_GPU_that_is_missing()
    {
        CheckResult result =
            RuleAssert.Fails("PD009", new DagMutator(Device.Value).RemoveEdge("prefill_l2_top_k_g17", "prefill_l2_experts_g25").Build());
        Assert.Equal(["prefill_l2_top_k_g17", "prefill_l2_experts_g25"], result.Nodes);
    }

    [Fact]
    public void PD009_a_gate_edge_drawn_solid()
    {
        DagMutator mutator = Broken;
        int at = mutator.Edges.FindIndex(edge => edge.Kind == EdgeKind.Gate);
        mutator.Edges[at] = mutator.Edges[at] with { Facts = mutator.Edges[at].Facts with { Style = "" } };
        CheckResult result = RuleAssert.Fails("PD009", mutator.Build());
        Assert.Single(result.Edges);
        Assert.Contains("not drawn dashed", result.Evidence, StringComparison.Ordinal);
    }

    [Fact]
    public void PD009_a_gate_edge_into_another_layer()
    {
        CheckResult result =
            RuleAssert.Fails("PD009", Broken.AddEdge("prefill_l1_top_k_sp0", "prefill_l2_experts_ep0", EdgeKind.Gate).Build());
        Assert.Equal(["prefill_l1_top_k_sp0 -> prefill_l2_experts_ep0"], result.Edges.Take(1));
    }

    [Fact]
    public void PD010_a_layer_in_another_stage() =>
        Assert.Contains("prefill_l1_attention_norm_sp1",
            RuleAssert.Fails("PD010", Broken.Scope("prefill_l1_attention_norm_sp1", scope => scope with { Layer = 5 }).Build()).Nodes);

    [Fact]
    public void PD010_a_node_beyond_its_stage() =>
        Assert.Equal(["prefill_l1_ffn_norm_sp0"],
            RuleAssert.Fails("PD010", Broken.Gpus("prefill_l1_ffn_norm_sp0", "0-1,4-5,8-9,12-13,16").Build()).Nodes);

    [Fact]
    public void PD011_a_norm_that_calls_itself_routing() =>
        Assert.Equal(["prefill_l1_ffn_norm_sp0"],
            RuleAssert.Fails("PD011",
                Broken.Facts("prefill_l1_ffn_norm_sp0", facts => facts with { Kind = NodeKind.Routing }).Build()).Nodes);

    [Fact]
    public void PD012_two_members_that_meet_two_collectives_in_different_orders()
    {
        // GPU 0 and GPU 1 share the All-Gather and the All-Reduce of a layer; a second path takes GPU 1 from the later one to the earlier
        // one.
        DagMutator mutator = new DagMutator(Device.Value).AddEdge("prefill_l1_ffn_residual_g1", "prefill_l1_attention_norm_g1");
        mutator.RemoveEdge("prefill_l1_attention_all_gather_g0", "prefill_l1_output_projection_g1");
        mutator.RemoveEdge("prefill_l1_qkv_projection_g1", "prefill_l1_kv_all_gather_g1");
        CheckReport report = CheckRunner.Run(mutator.Build());
        CheckResult result = report.Find("PD012")!;
        Assert.Equal(CheckStatus.Fail, result.Status);
        Assert.Contains("wait for each other", result.Evidence, StringComparison.Ordinal);
        Assert.Contains("prefill_l1_attention_all_gather_g0", result.Nodes);
        Assert.Contains("prefill_l1_ffn_all_reduce_g0", result.Nodes);
    }

    [Fact]
    public void PD013_a_GPU_that_overflows()
    {
        Dag dag = Broken.WithHeader(header =>
            header with { Memory =
                [.. header.Memory!.Select((memory, i) => i == 2 ? memory with { UnionBytes = memory.CapacityBytes + 1 } : memory)] })
                    .Build();
        Assert.Equal("prefill stage 3 needs 72 GiB of 72 GiB on a GPU, 1 B too much", RuleAssert.Fails("PD013", dag).Evidence);
    }

    [Fact]
    public void PD013_a_GPU_that_is_exactly_full_fits()
    {
        Dag dag = Broken.WithHeader(header => header with
        {
            Memory = [.. header.Memory!.Select(memory => memory with { UnionBytes = memory.CapacityBytes })],
        }).Build();
        Assert.EndsWith("holds 72 GiB of 72 GiB", RuleAssert.Comes(CheckStatus.Pass, "PD013", dag).Evidence, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("PD005", "prefill_s1_dispatch")]
    [InlineData("PD006", "prefill_s2_combine")]
    [InlineData("PD008", "prefill_s2_experts")]
    [InlineData("PD009", "prefill_s1_top_k")]
    public void Overviews_break_too(string rule, string node)
    {
        DagMutator mutator = new(Overview.Value);
        _ = rule switch
        {
            "PD005" => mutator.Facts(node, facts => facts with { Input = Resized(facts.Input, "hidden", 1) }),
            "PD006" => mutator.Gpus(node, "16-30"),
            "PD008" => mutator.Facts(node, facts => facts with { Experts = "0-14" }),
            _ => mutator.RemoveEdge(node, "prefill_s1_experts"),
        };
        Assert.Contains(node, RuleAssert.Fails(rule, mutator.Build()).Nodes);
    }

    [Fact]
    public void Without_a_header_the_rules_that_need_it_are_skipped()
    {
        Dag bare = Broken.WithHeader(header => new DagHeader { Name = header.Name, Detail = header.Detail }).Build();
        CheckReport report = CheckRunner.Run(bare);
        Assert.Empty(report.Failures);
        Assert.Equal(["PD006", "PD010", "PD013", "PD017", "PD023"],
            report.Results.Where(result => result.Status == CheckStatus.Skipped).Select(result => result.Id));
        Assert.All(report.Results.Where(result => result.Status == CheckStatus.Skipped),
            result => Assert.StartsWith("not checked: no plan", result.Evidence, StringComparison.Ordinal));
    }

    private static string Resolve(string node) => node switch
    {
        "prefill_lm_head_tp0" => Operator.Value.Nodes.First(found => found.Op == Ops.LmHead && found.Phase == PhaseKind.Prefill).Id,
        _ => node,
    };

    /// <summary>The tensors (of the given names, if any) with every dimension of that name resized; the dimension must occur.</summary>
    private static TensorList Resized(TensorList list, string dimension, long size, params string[] tensors)
    {
        Assert.Contains(list.Tensors, tensor => tensor.Shape[dimension] is not null);
        return new TensorList([.. list.Tensors.Select(tensor => tensor with
        {
            Shape = new TensorShape([.. tensor.Shape.Dimensions.Select(
                item =>
                    item.Name == dimension && (tensors.Length == 0 || tensors.Contains(tensor.Name)) ? item with { Size = size } : item)]),
        })]);
    }
}
