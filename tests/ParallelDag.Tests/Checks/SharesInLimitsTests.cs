namespace ParallelDag.Tests.Checks;

/// <summary>Expert load of two GPUs a rank: three times the operations on one of two ranks is 1.5 of the mean.</summary>
public class SharesInLimitsTests
{
    /// <summary>A limit that is met to the digit is kept; a limit on what is not told is never passed.</summary>
    [Theory]
    [InlineData("moe", "", "skipped: not checked: no limits in the plan")]
    [InlineData("moe",
        "limit imbalance 1",
        "pass: expert load of prefill: 1 of the mean on the fullest GPU, 1 allowed; expert load of decode: 1 of the mean on the "
            + "fullest GPU, 1 allowed")]
    [InlineData("moe",
        "limit imbalance 1.5; flops prefill_l1_experts_ep0 18874368",
        "pass: expert load of prefill: 1.5 of the mean on the fullest GPU, 1.5 allowed; expert load of decode: 1 of the mean on "
            + "the fullest GPU, 1.5 allowed")]
    [InlineData("moe",
        "limit imbalance 1.49; flops prefill_l1_experts_ep0 18874368",
        "fail: expert load of prefill: 1.5 of the mean on the fullest GPU, 1.49 allowed (prefill_l1_experts_ep0); raise "
            + "redundantExperts or lower ep",
        "prefill_l1_experts_ep0")]
    [InlineData("moe",
        "limit imbalance 1.49; flops decode_l1_experts_ep1 18874368; flops decode_l2_experts_ep0 18874368",
        "fail: expert load of decode: 1.99 of the mean on the fullest GPU, 1.49 allowed (decode_l1_experts_ep1); raise "
            + "redundantExperts or lower ep",
        "decode_l1_experts_ep1 decode_l2_experts_ep0")]
    [InlineData("moe",
        "limit imbalance 1.49; flops prefill_l1_experts_ep0 18874368; members prefill_l1_experts_ep0 4",
        "pass: expert load of prefill: 1.125 of the mean on the fullest GPU, 1.49 allowed; expert load of decode: 1 of the mean on "
            + "the fullest GPU, 1.49 allowed")]
    [InlineData("moe",
        "limit imbalance 1.49; flops prefill_l1_experts_ep0 18874368; members prefill_l1_experts_ep0 0",
        "pass: expert load of prefill: 1 of the mean on the fullest GPU, 1.49 allowed; expert load of decode: 1 of the mean on the "
            + "fullest GPU, 1.49 allowed")]
    [InlineData("moe",
        "limit imbalance 1; flops prefill_l1_experts_ep0 0; flops prefill_l1_experts_ep1 0",
        "pass: expert load of prefill: 1 of the mean on the fullest GPU, 1 allowed; expert load of decode: 1 of the mean on the "
            + "fullest GPU, 1 allowed")]
    [InlineData("moe",
        "limit imbalance 1; limit communication 0.5; limit bubble 0.5",
        "skipped: not checked: no times of prefill in the graph, no times of decode in the graph, no times of prefill in the "
            + "graph, no times of decode in the graph")]
    [InlineData("moe",
        "limit communication 0.0001",
        "skipped: not checked: no times of prefill in the graph, no times of decode in the graph")]
    [InlineData("moe", "limit bubble 0", "skipped: not checked: no times of prefill in the graph, no times of decode in the graph")]
    [InlineData("moe", "limit communication 1", "skipped: not checked: no times of prefill in the graph, no times of decode in the graph")]
    [InlineData("overview",
        "limit imbalance 1; limit bubble 0.5; limit communication 0.5",
        "skipped: not checked: no expert nodes apart by GPU in an overview, no times of prefill in the graph, no times of decode "
            + "in the graph, no times of prefill in the graph, no times of decode in the graph")]
    [InlineData("overview", "limit imbalance 1", "skipped: not checked: no expert nodes apart by GPU in an overview")]
    [InlineData("pipeline", "limit imbalance 1", "skipped: not checked: no expert nodes in the graph")]
    [InlineData("pipeline", "limit bubble 0.1", "skipped: not checked: no times of prefill in the graph")]
    [InlineData("pipeline",
        "limit imbalance 1; limit bubble 0.1",
        "skipped: not checked: no expert nodes in the graph, no times of prefill in the graph")]
    public void Imbalance_of_experts_is_held_against_its_limit(string graph, string changes, string expected, string witnesses = "") =>
        RuleText.Is(expected, witnesses, RuleText.Changed(graph, changes, "PD020"));
}
