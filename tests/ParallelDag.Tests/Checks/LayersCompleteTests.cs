namespace ParallelDag.Tests.Checks;

/// <summary>PD023: no edge is there twice, and a graph that states its plan has whole layers.</summary>
public class LayersCompleteTests
{
    [Theory]
    [InlineData(
        "moe",
        "",
        "pass: 6 layers, entries and exits with 78 operator steps, each on all GPUs of its stage; 2 kinds of layers with the "
            + "same operators and edges throughout")]
    [InlineData(
        "moe",
        "+ prefill_l1_ffn_norm > prefill_l1_gate",
        "fail: 1 edge that is there twice: draw each once: prefill_l1_ffn_norm -> prefill_l1_gate",
        "| prefill_l1_ffn_norm>prefill_l1_gate")]
    [InlineData("parallel", "header", "skipped: not checked: no plan or stage list in the graph")]
    [InlineData(
        "parallel",
        "+ prefill_l1_ffn_up > prefill_l1_ffn_down; + prefill_l1_ffn_up > prefill_l1_ffn_down",
        "fail: 2 edges that are there twice: draw each once: prefill_l1_ffn_up -> prefill_l1_ffn_down, prefill_l1_ffn_up -> "
            + "prefill_l1_ffn_down",
        "| prefill_l1_ffn_up>prefill_l1_ffn_down prefill_l1_ffn_up>prefill_l1_ffn_down")]
    public void An_edge_that_is_there_twice_is_named(string graph, string changes, string expected, string witnesses = "") =>
        RuleText.Is(expected, witnesses, RuleText.Changed(graph, changes, "PD023"));
}
