using ParallelDag.Checks;

namespace ParallelDag.Tests.Checks;

/// <summary>
/// PD014 on generated graphs of 16-bit elements: an all-reduce of 4 sequences of 64 positions of 64 has an S of 32768 and puts 2 * 32768 on
/// the wire in each of two groups of two. A dispatch sends two slots of each token, in no less than 4 bits an element.
/// </summary>
public class QuantitiesTests
{
    [Theory]
    [InlineData("moe", "", "pass: 20 collectives and 133 edges of the bytes that their shapes make, 16 bits an element")]
    [InlineData("overview", "", "pass: 4 collectives and 0 edges of the bytes that their shapes make, 16 bits an element")]
    [InlineData("device", "", "pass: 4 collectives and 96 edges of the bytes that their shapes make, 16 bits an element")]
    [InlineData("apart", "", "pass: 1 collective and 35 edges of the bytes that their shapes make, 16 bits an element")]
    [InlineData("chunks", "", "pass: 4 collectives and 110 edges of the bytes that their shapes make, 16 bits an element")]
    [InlineData("parallel", "header", "pass: 0 collectives and 14 edges of the bytes that their shapes make, 16 bits an element")]
    public void A_generated_graph_has_the_bytes_of_its_shapes(string graph, string changes, string expected, string witnesses = "") =>
        RuleText.Is(expected, witnesses, RuleText.Changed(graph, changes, "PD014"));

    /// <summary>S, bytes on the wire and groups of one node; -1 for none.</summary>
    [Theory]
    [InlineData("moe", "prefill_l1_ffn_all_reduce", 32770, 131080, 2,
        "fail: 1 node of a collective whose S does not follow from its shapes: prefill_l1_ffn_all_reduce (S 32,770, due 32768)",
        "prefill_l1_ffn_all_reduce")]
    [InlineData("moe", "prefill_l1_ffn_all_reduce", 32768, 131073, 2,
        "fail: 1 node of a collective whose wire bytes do not follow from S and its groups: prefill_l1_ffn_all_reduce (wire "
            + "131,073, due 131072)",
        "prefill_l1_ffn_all_reduce")]
    [InlineData("moe", "prefill_l1_ffn_all_reduce", 32768, 131072, 1,
        "fail: 1 node of a collective whose wire bytes do not follow from S and its groups: prefill_l1_ffn_all_reduce (wire "
            + "131,072, due 65536)",
        "prefill_l1_ffn_all_reduce")]
    [InlineData("moe", "prefill_l1_ffn_all_reduce", 32768, 131072, -1,
        "pass: 20 collectives and 133 edges of the bytes that their shapes make, 16 bits an element")]
    [InlineData("moe", "prefill_l1_ffn_all_reduce", -1, 131072, 2,
        "fail: 1 node of a collective that does not tell S: prefill_l1_ffn_all_reduce (null)",
        "prefill_l1_ffn_all_reduce")]
    [InlineData("overview", "prefill_s1_dispatch", -1, 131072, 2,
        "pass: 4 collectives and 0 edges of the bytes that their shapes make, 16 bits an element")]
    [InlineData("moe", "prefill_l1_dispatch", 12032, 24064, 2,
        "pass: 20 collectives and 133 edges of the bytes that their shapes make, 16 bits an element")]
    [InlineData("moe", "prefill_l1_dispatch", 12031, 24062, 2,
        "fail: 1 node of a collective whose S does not follow from its shapes: prefill_l1_dispatch (S 12,031, due 12032 to 65536)",
        "prefill_l1_dispatch")]
    [InlineData("moe", "prefill_l1_dispatch", 65538, 131076, 2,
        "fail: 1 node of a collective whose S does not follow from its shapes: prefill_l1_dispatch (S 65,538, due 12032 to 65536)",
        "prefill_l1_dispatch")]
    [InlineData("moe", "prefill_l1_combine", 4096, 8192, 2,
        "pass: 20 collectives and 133 edges of the bytes that their shapes make, 16 bits an element")]
    [InlineData("moe", "prefill_l1_combine", 4095, 8190, 2,
        "fail: 1 node of a collective whose S does not follow from its shapes: prefill_l1_combine (S 4,095, due 4096 to 65536)",
        "prefill_l1_combine")]
    [InlineData("moe", "prefill_l1_combine", 65538, 131076, 2,
        "fail: 1 node of a collective whose S does not follow from its shapes: prefill_l1_combine (S 65,538, due 4096 to 65536)",
        "prefill_l1_combine")]
    [InlineData("moe", "prefill_l1_ffn_norm", 5, 0, 0,
        "fail: 1 node that sends though it is no collective: prefill_l1_ffn_norm (S 5, wire 0)",
        "prefill_l1_ffn_norm")]
    [InlineData("moe", "prefill_l1_ffn_norm", 0, 5, 0,
        "fail: 1 node that sends though it is no collective: prefill_l1_ffn_norm (S 0, wire 5)",
        "prefill_l1_ffn_norm")]
    [InlineData("moe", "prefill_s1_logits_all_gather", 8010, 16020, 2,
        "fail: 1 node of a collective whose S does not follow from its shapes: prefill_s1_logits_all_gather (S 8,010, due 8008)",
        "prefill_s1_logits_all_gather")]
    public void A_collective_has_the_bytes_of_its_shapes(
        string graph, string id, long size, long wire, long groups, string expected, string witnesses = "") =>
        RuleText.Is(expected, witnesses, RuleText.Of(GraphScript.Traffic(graph, id, size, wire, groups), "PD014"));

    /// <summary>A cache of which nobody tells the format has 4 to 64 bits an element.</summary>
    [Theory]
    [InlineData("moe", "prefill_l1_ffn_norm", "prefill_l1_gate", 32770,
        "fail: 1 edge that carries other bytes than its tensor has: prefill_l1_ffn_norm -> prefill_l1_gate (32,770, due 32768)",
        "| prefill_l1_ffn_norm>prefill_l1_gate")]
    [InlineData("moe", "prefill_l1_ffn_norm", "prefill_l1_gate", 0,
        "fail: 1 edge that carries other bytes than its tensor has: prefill_l1_ffn_norm -> prefill_l1_gate (0, due 32768)",
        "| prefill_l1_ffn_norm>prefill_l1_gate")]
    [InlineData("moe", "prefill_l1_top_k", "prefill_l1_experts_ep0", 1,
        "fail: 1 edge that carries other bytes than its tensor has: prefill_l1_top_k -> prefill_l1_experts_ep0 (1 on an edge of "
            + "kind gate)",
        "| prefill_l1_top_k>prefill_l1_experts_ep0")]
    [InlineData("moe", "prefill_l1_qkv_projection_tp0", "decode_l1_attention_tp0", 0,
        "fail: 1 edge that carries other bytes than its tensor has: prefill_l1_qkv_projection_tp0 -> decode_l1_attention_tp0 (0, "
            + "due 1 to 73728)",
        "| prefill_l1_qkv_projection_tp0>decode_l1_attention_tp0")]
    [InlineData("moe", "prefill_l1_qkv_projection_tp0", "decode_l1_attention_tp0", 1,
        "pass: 20 collectives and 133 edges of the bytes that their shapes make, 16 bits an element")]
    [InlineData("moe", "prefill_l1_qkv_projection_tp0", "decode_l1_attention_tp0", 18432,
        "pass: 20 collectives and 133 edges of the bytes that their shapes make, 16 bits an element")]
    [InlineData("moe", "prefill_l1_qkv_projection_tp0", "decode_l1_attention_tp0", 18433,
        "pass: 20 collectives and 133 edges of the bytes that their shapes make, 16 bits an element")]
    [InlineData("moe", "prefill_l1_qkv_projection_tp0", "decode_l1_attention_tp0", 999999,
        "fail: 1 edge that carries other bytes than its tensor has: prefill_l1_qkv_projection_tp0 -> decode_l1_attention_tp0 "
            + "(999,999, due 1 to 73728)",
        "| prefill_l1_qkv_projection_tp0>decode_l1_attention_tp0")]
    [InlineData("moe", "prefill_s1_sampling", "decode_s1_input", 31,
        "fail: 1 edge that carries other bytes than its tensor has: prefill_s1_sampling -> decode_s1_input (31, due 16)",
        "| prefill_s1_sampling>decode_s1_input")]
    [InlineData("moe", "prefill_s1_sampling", "decode_s1_input", 32,
        "fail: 1 edge that carries other bytes than its tensor has: prefill_s1_sampling -> decode_s1_input (32, due 16)",
        "| prefill_s1_sampling>decode_s1_input")]
    [InlineData("moe", "prefill_s1_input", "prefill_s1_split", 2047,
        "fail: 1 edge that carries other bytes than its tensor has: prefill_s1_input -> prefill_s1_split (2,047, due 2048)",
        "| prefill_s1_input>prefill_s1_split")]
    [InlineData("moe", "prefill_s1_sampling", "prefill_s1_output", 0,
        "pass: 20 collectives and 133 edges of the bytes that their shapes make, 16 bits an element")]
    [InlineData("moe", "prefill_s1_sampling", "prefill_s1_output", 7,
        "fail: 1 edge that carries other bytes than its tensor has: prefill_s1_sampling -> prefill_s1_output (7, due 32)",
        "| prefill_s1_sampling>prefill_s1_output")]
    [InlineData("moe", "prefill_l1_dispatch", "prefill_l1_experts_ep0", 65538,
        "fail: 1 edge that carries other bytes than its tensor has: prefill_l1_dispatch -> prefill_l1_experts_ep0 (65,538, due "
            + "4096 to 65536)",
        "| prefill_l1_dispatch>prefill_l1_experts_ep0")]
    [InlineData("moe", "prefill_l1_dispatch", "prefill_l1_experts_ep0", 16383,
        "pass: 20 collectives and 133 edges of the bytes that their shapes make, 16 bits an element")]
    [InlineData("pipeline", "prefill_l1_m0_ffn_residual", "prefill_s1_m0_pipeline_send_recv", 32770,
        "fail: 1 edge that carries other bytes than its tensor has: prefill_l1_m0_ffn_residual -> "
            + "prefill_s1_m0_pipeline_send_recv (32,770, due 32768)",
        "| prefill_l1_m0_ffn_residual>prefill_s1_m0_pipeline_send_recv")]
    [InlineData("pipeline", "prefill_l1_m0_ffn_residual", "prefill_s1_m1_embedding_tp0", 1,
        "fail: 1 edge that carries other bytes than its tensor has: prefill_l1_m0_ffn_residual -> prefill_s1_m1_embedding_tp0 (1 "
            + "on an edge of kind order)",
        "| prefill_l1_m0_ffn_residual>prefill_s1_m1_embedding_tp0")]
    public void An_edge_has_the_bytes_of_its_tensor(
        string graph, string source, string target, long bytes, string expected, string witnesses = "")
    {
        var mutator = new DagMutator(GraphScript.Good(graph));
        int at = mutator.Edges.FindIndex(edge => edge.Source == mutator.Index(source) && edge.Target == mutator.Index(target));
        mutator.Edges[at] = mutator.Edges[at] with { Facts = mutator.Edges[at].Facts with { Bytes = bytes } };
        RuleText.Is(expected, witnesses, RuleText.Of(mutator.Build(), "PD014"));
    }
}
