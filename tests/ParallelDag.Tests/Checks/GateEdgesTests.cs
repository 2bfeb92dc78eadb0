namespace ParallelDag.Tests.Checks;

/// <summary>
/// A Top-k reaches the experts of its EP groups; without a header those of its layer, or on one GPU those where its dispatch runs.
/// </summary>
public class GateEdgesTests
{
    /// <summary>Four Top-k of two layers and phases have two gate edges each, on devices four Top-k of two groups.</summary>
    [Theory]
    [InlineData("moe",
        "",
        "pass: 8 gate edges from 4 Top-k selections, each reaching every expert group of its layer, in 2 MoE layers of prefill, 2 "
            + "MoE layers of decode")]
    [InlineData("pipeline", "", "pass: no MoE layer: no gate edge in the graph, and none needed")]
    [InlineData("device",
        "",
        "pass: 8 gate edges from 4 Top-k selections, each reaching every expert group of its layer, in 1 MoE layer of prefill")]
    [InlineData("overview",
        "",
        "pass: 2 gate edges from 2 Top-k selections, each reaching every expert group of its layer, in 2 MoE layers of prefill, 2 "
            + "MoE layers of decode")]
    [InlineData("alike", "", "pass: no MoE layer: no gate edge in the graph, and none needed")]
    [InlineData("moe",
        "- prefill_l1_top_k > prefill_l1_experts_ep0",
        "fail: 1 node of Top-k that misses expert groups of its layer: prefill_l1_top_k (no gate edge to prefill_l1_experts_ep0)",
        "prefill_l1_top_k prefill_l1_experts_ep0")]
    [InlineData("moe",
        "- prefill_l1_top_k > prefill_l1_experts_ep0; - prefill_l1_top_k > prefill_l1_experts_ep1",
        "fail: 1 node of Top-k that misses expert groups of its layer: prefill_l1_top_k (no gate edge to prefill_l1_experts_ep0 "
            + "and 1 other)",
        "prefill_l1_top_k prefill_l1_experts_ep0 prefill_l1_experts_ep1")]
    [InlineData("moe",
        "+ prefill_l1_gate > prefill_l1_experts_ep0 gate",
        "pass: 9 gate edges from 4 Top-k selections, each reaching every expert group of its layer, in 2 MoE layers of prefill, 2 "
            + "MoE layers of decode")]
    [InlineData("moe",
        "+ prefill_l1_ffn_norm > prefill_l1_experts_ep0 gate",
        "fail: 1 edge of kind gate that does not lead from a Top-k to experts: prefill_l1_ffn_norm -> prefill_l1_experts_ep0",
        "| prefill_l1_ffn_norm>prefill_l1_experts_ep0")]
    [InlineData("moe",
        "+ prefill_l1_top_k > prefill_l1_combine gate",
        "fail: 1 edge of kind gate that does not lead from a Top-k to experts: prefill_l1_top_k -> prefill_l1_combine; 1 edge of a "
            + "gate to experts outside its EP process group: prefill_l1_top_k -> prefill_l1_combine",
        "| prefill_l1_top_k>prefill_l1_combine")]
    [InlineData("moe",
        "+ prefill_l1_top_k > prefill_l2_experts_ep0 gate",
        "fail: 1 edge of a gate into another layer: prefill_l1_top_k -> prefill_l2_experts_ep0; 1 edge of a gate to experts "
            + "outside its EP process group: prefill_l1_top_k -> prefill_l2_experts_ep0",
        "| prefill_l1_top_k>prefill_l2_experts_ep0")]
    [InlineData("moe",
        "+ prefill_l1_top_k > prefill_l1_experts_ep0 gate",
        "fail: 1 edge of a gate to experts outside its EP process group: prefill_l1_top_k -> prefill_l1_experts_ep0",
        "| prefill_l1_top_k>prefill_l1_experts_ep0")]
    [InlineData("moe",
        "gpus prefill_l1_top_k none",
        "pass: 8 gate edges from 4 Top-k selections, each reaching every expert group of its layer, in 2 MoE layers of prefill, 2 "
            + "MoE layers of decode")]
    [InlineData("moe",
        "gpus prefill_l1_top_k none; - prefill_l1_top_k > prefill_l1_experts_ep0",
        "pass: 7 gate edges from 4 Top-k selections, each reaching every expert group of its layer, in 2 MoE layers of prefill, 2 "
            + "MoE layers of decode")]
    [InlineData("moe",
        "gpus prefill_l1_top_k 9; - prefill_l1_top_k > prefill_l1_experts_ep0",
        "fail: 1 edge of a gate to experts outside its EP process group: prefill_l1_top_k -> prefill_l1_experts_ep1",
        "| prefill_l1_top_k>prefill_l1_experts_ep1")]
    [InlineData("moe",
        "header",
        "pass: 8 gate edges from 4 Top-k selections, each reaching every expert group of its layer, in 2 MoE layers of prefill, 2 "
            + "MoE layers of decode")]
    [InlineData("moe",
        "header; - prefill_l1_top_k > prefill_l1_experts_ep0",
        "fail: 1 node of Top-k that misses expert groups of its layer: prefill_l1_top_k (no gate edge to prefill_l1_experts_ep0)",
        "prefill_l1_top_k prefill_l1_experts_ep0")]
    [InlineData("moe",
        "header; - prefill_l1_top_k > prefill_l1_experts_ep0; - prefill_l1_top_k > prefill_l1_experts_ep1",
        "fail: 1 node of Top-k that misses expert groups of its layer: prefill_l1_top_k (no gate edge to prefill_l1_experts_ep0 "
            + "and 1 other)",
        "prefill_l1_top_k prefill_l1_experts_ep0 prefill_l1_experts_ep1")]
    [InlineData("moe",
        "header; + prefill_l1_top_k > prefill_l1_experts_ep0 gate",
        "pass: 9 gate edges from 4 Top-k selections, each reaching every expert group of its layer, in 2 MoE layers of prefill, 2 "
            + "MoE layers of decode")]
    [InlineData("moe",
        "header; experts prefill_l1_experts_ep0 none; - prefill_l1_top_k > prefill_l1_experts_ep0",
        "fail: 1 node of Top-k that misses expert groups of its layer: prefill_l1_top_k (no gate edge to prefill_l1_experts_ep0)",
        "prefill_l1_top_k prefill_l1_experts_ep0")]
    [InlineData("moe",
        "header; experts prefill_l1_experts_ep0 4-7; - prefill_l1_top_k > prefill_l1_experts_ep0",
        "pass: 7 gate edges from 4 Top-k selections, each reaching every expert group of its layer, in 2 MoE layers of prefill, 2 "
            + "MoE layers of decode")]
    [InlineData("moe",
        "header; + prefill_l1_top_k > prefill_l2_experts_ep0 gate",
        "fail: 1 edge of a gate into another layer: prefill_l1_top_k -> prefill_l2_experts_ep0",
        "| prefill_l1_top_k>prefill_l2_experts_ep0")]
    [InlineData("device",
        "- prefill_l1_top_k_g0 > prefill_l1_experts_g1",
        "fail: 1 node of Top-k that misses expert groups of its layer: prefill_l1_top_k_g0 (no gate edge to prefill_l1_experts_g1)",
        "prefill_l1_top_k_g0 prefill_l1_experts_g1")]
    [InlineData("device",
        "+ prefill_l1_top_k_g0 > prefill_l1_experts_g2 gate",
        "fail: 1 edge of a gate to experts outside its EP process group: prefill_l1_top_k_g0 -> prefill_l1_experts_g2",
        "| prefill_l1_top_k_g0>prefill_l1_experts_g2")]
    [InlineData("device",
        "- prefill_l1_top_k_g0 > prefill_l1_experts_g1; + prefill_l1_top_k_g0 > prefill_l1_experts_g2 gate",
        "fail: 1 edge of a gate to experts outside its EP process group: prefill_l1_top_k_g0 -> prefill_l1_experts_g2; 1 node of "
            + "Top-k that misses expert groups of its layer: prefill_l1_top_k_g0 (no gate edge to prefill_l1_experts_g1)",
        "prefill_l1_top_k_g0 prefill_l1_experts_g1 | prefill_l1_top_k_g0>prefill_l1_experts_g2")]
    [InlineData("device",
        "gpus prefill_l1_experts_g1 none",
        "fail: 2 edges of a gate to experts outside its EP process group: prefill_l1_top_k_g0 -> prefill_l1_experts_g1, "
            + "prefill_l1_top_k_g1 -> prefill_l1_experts_g1",
        "| prefill_l1_top_k_g0>prefill_l1_experts_g1 prefill_l1_top_k_g1>prefill_l1_experts_g1")]
    [InlineData("device",
        "header",
        "pass: 8 gate edges from 4 Top-k selections, each reaching every expert group of its layer, in 1 MoE layer of prefill")]
    [InlineData("device",
        "header; - prefill_l1_top_k_g0 > prefill_l1_experts_g1",
        "fail: 1 node of Top-k that misses expert groups of its layer: prefill_l1_top_k_g0 (no gate edge to prefill_l1_experts_g1)",
        "prefill_l1_top_k_g0 prefill_l1_experts_g1")]
    [InlineData("device",
        "header; - prefill_l1_top_k_g0 > prefill_l1_experts_g1; - prefill_l1_top_k_g0 > prefill_l1_experts_g0",
        "fail: 1 node of Top-k that misses expert groups of its layer: prefill_l1_top_k_g0 (no gate edge to prefill_l1_experts_g0 "
            + "and 1 other)",
        "prefill_l1_top_k_g0 prefill_l1_experts_g0 prefill_l1_experts_g1")]
    [InlineData("device",
        "header; + prefill_l1_top_k_g0 > prefill_l1_experts_g2 gate",
        "fail: 1 node of Top-k that misses expert groups of its layer: prefill_l1_top_k_g0 (3 expert nodes reached, some outside "
            + "the EP process group, prefill layer 1)",
        "prefill_l1_top_k_g0")]
    [InlineData("device",
        "header; remove prefill_l1_dispatch_g0",
        "fail: 2 nodes of Top-k that miss expert groups of their layer: prefill_l1_top_k_g0 (2 expert nodes reached, some outside "
            + "the EP process group, prefill layer 1), prefill_l1_top_k_g1 (2 expert nodes reached, some outside the EP process "
            + "group, prefill layer 1)",
        "prefill_l1_top_k_g0 prefill_l1_top_k_g1")]
    [InlineData("device",
        "header; - prefill_l1_top_k_g0 > prefill_l1_dispatch_g0; - prefill_l1_top_k_g0 > prefill_l1_experts_g1",
        "pass: 7 gate edges from 4 Top-k selections, each reaching every expert group of its layer, in 1 MoE layer of prefill")]
    [InlineData("device",
        "style gate dashed",
        "pass: 8 gate edges drawn dashed from 4 Top-k selections, each reaching every expert group of its layer, in 1 MoE layer of "
            + "prefill")]
    [InlineData("device",
        "style gate Dashed,bold",
        "pass: 8 gate edges drawn dashed from 4 Top-k selections, each reaching every expert group of its layer, in 1 MoE layer of "
            + "prefill")]
    [InlineData("device",
        "style gate solid",
        "fail: 8 edges of a gate not drawn dashed: prefill_l1_top_k_g0 -> prefill_l1_experts_g0 (solid), prefill_l1_top_k_g0 -> "
            + "prefill_l1_experts_g1 (solid), prefill_l1_top_k_g1 -> prefill_l1_experts_g0 (solid), prefill_l1_top_k_g1 -> "
            + "prefill_l1_experts_g1 (solid) and 4 more",
        "| prefill_l1_top_k_g0>prefill_l1_experts_g0 prefill_l1_top_k_g0>prefill_l1_experts_g1 "
            + "prefill_l1_top_k_g1>prefill_l1_experts_g0 prefill_l1_top_k_g1>prefill_l1_experts_g1 "
            + "prefill_l1_top_k_g2>prefill_l1_experts_g2 prefill_l1_top_k_g2>prefill_l1_experts_g3 "
            + "prefill_l1_top_k_g3>prefill_l1_experts_g2 prefill_l1_top_k_g3>prefill_l1_experts_g3")]
    [InlineData("device",
        "drop prefill_l1_experts",
        "skipped: not checked: no expert numbers on any node, so which groups the 0 gate edges must reach is not told")]
    [InlineData("device",
        "op prefill_l1_top_k_g0 none; op prefill_l1_top_k_g1 none; op prefill_l1_top_k_g2 none; op prefill_l1_top_k_g3 none",
        "pass: 8 gate edges from 0 Top-k selections, each reaching every expert group of its layer, in 1 MoE layer of prefill")]
    [InlineData("device",
        "op prefill_l1_experts_g0 none; op prefill_l1_experts_g1 none; op prefill_l1_experts_g2 none; op prefill_l1_experts_g3 none",
        "pass: 8 gate edges from 4 Top-k selections, each reaching every expert group of its layer, in 1 MoE layer of prefill")]
    [InlineData("device",
        "op prefill_l1_experts_g0 none; op prefill_l1_experts_g1 none; op prefill_l1_experts_g2 none; op prefill_l1_experts_g3 "
            + "none; experts prefill_l1_experts_g0 none; experts prefill_l1_experts_g1 none; experts prefill_l1_experts_g2 none; "
            + "experts prefill_l1_experts_g3 none",
        "skipped: not checked: no expert numbers on any node, so which groups the 8 gate edges must reach is not told")]
    [InlineData("overview",
        "- prefill_s1_top_k > prefill_s1_experts",
        "fail: 1 node of Top-k that misses expert groups of its layer: prefill_s1_top_k (no gate edge to prefill_s1_experts)",
        "prefill_s1_top_k prefill_s1_experts")]
    [InlineData("parallel",
        "header; drop prefill_l1; drop prefill_s1_embedding; drop prefill_s1_final; drop prefill_s1_lm; drop prefill_s1_sampling",
        "skipped: not checked: no gate edges and no Top-k nodes that the graph names")]
    [InlineData("moe",
        "op prefill_l1_top_k none; + prefill_l1_top_k > prefill_l2_experts_ep0 gate",
        "pass: 9 gate edges from 3 Top-k selections, each reaching every expert group of its layer, in 2 MoE layers of prefill, 2 "
            + "MoE layers of decode")]
    [InlineData("moe",
        "op prefill_l2_experts_ep0 none; + prefill_l1_top_k > prefill_l2_experts_ep0 gate",
        "fail: 1 edge of a gate to experts outside its EP process group: prefill_l1_top_k -> prefill_l2_experts_ep0",
        "| prefill_l1_top_k>prefill_l2_experts_ep0")]
    [InlineData("alike experts",
        "",
        "pass: 32 gate edges from 16 Top-k selections, each reaching every expert group of its layer, in 4 MoE layers of prefill, "
            + "4 MoE layers of decode")]
    public void A_gate_edge_too_few_or_too_many_is_named(string graph, string changes, string expected, string witnesses = "") =>
        RuleText.Is(expected, witnesses, RuleText.Changed(graph, changes, "PD009"));
}
