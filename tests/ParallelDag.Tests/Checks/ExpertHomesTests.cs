namespace ParallelDag.Tests.Checks;

/// <summary>
/// Eight experts of two layers, four to each of two EP ranks, 512 slots from each of four GPUs to room for 512 at each: one number is
/// changed at a time.
/// </summary>
public class ExpertHomesTests
{
    /// <summary>
    /// Numbers at a bound and one beyond it: 131,072 experts, copies in as many places as are told, as many slots as there is room
    /// for.
    /// </summary>
    [Theory]
    [InlineData("moe",
        "remove prefill_l1_experts_ep0; remove prefill_l1_experts_ep1",
        "fail: prefill layer 1: a gate but no expert node",
        "prefill_l1_gate")]
    [InlineData("moe",
        "experts prefill_l1_experts_ep1 3-7",
        "fail: 1 node with experts that have another home: prefill_l1_experts_ep1 (expert 3 is also on prefill_l1_experts_ep0, "
            + "prefill layer 1)",
        "prefill_l1_experts_ep1 prefill_l1_experts_ep0")]
    [InlineData("moe",
        "experts prefill_l1_experts_ep1 4-6",
        "fail: prefill layer 1: 1 expert without a home, the first is 7",
        "prefill_l1_experts_ep0 prefill_l1_experts_ep1")]
    [InlineData("moe",
        "experts prefill_l1_experts_ep1 4-8",
        "fail: 1 node with experts beyond the gate's 8: prefill_l1_experts_ep1 (4-8, prefill layer 1)",
        "prefill_l1_experts_ep1")]
    [InlineData("moe",
        "experts prefill_l1_experts_ep1 none",
        "fail: 1 node of experts that do not say which: prefill_l1_experts_ep1",
        "prefill_l1_experts_ep1")]
    [InlineData("moe",
        "experts prefill_l1_experts_ep1 all",
        "fail: 1 node whose experts are no list of ranges: prefill_l1_experts_ep1 (all)",
        "prefill_l1_experts_ep1")]
    [InlineData("moe",
        "experts prefill_l1_experts_ep0 none; experts prefill_l1_experts_ep1 none; experts prefill_l2_experts_ep0 none; experts "
            + "prefill_l2_experts_ep1 none",
        "fail: 4 nodes of experts that do not say which: prefill_l1_experts_ep0, prefill_l1_experts_ep1, prefill_l2_experts_ep0, "
            + "prefill_l2_experts_ep1",
        "prefill_l1_experts_ep0 prefill_l1_experts_ep1 prefill_l2_experts_ep0 prefill_l2_experts_ep1")]
    [InlineData("moe",
        "experts prefill_l1_experts_ep0 none; experts prefill_l1_experts_ep1 none; experts prefill_l2_experts_ep0 none; experts "
            + "prefill_l2_experts_ep1 none; experts decode_l1_experts_ep0 none; experts decode_l1_experts_ep1 none; experts "
            + "decode_l2_experts_ep0 none; experts decode_l2_experts_ep1 none",
        "skipped: not checked: no expert numbers on the expert nodes")]
    [InlineData("moe",
        "drop prefill_l1_experts; drop prefill_l2_experts; drop decode_l1_experts; drop decode_l2_experts",
        "fail: prefill layer 1: a gate but no expert node; prefill layer 2: a gate but no expert node; decode layer 1: a gate but "
            + "no expert node; decode layer 2: a gate but no expert node",
        "prefill_l1_gate prefill_l2_gate decode_l1_gate decode_l2_gate")]
    [InlineData("device",
        "experts prefill_l1_experts_g2 4-7",
        "fail: 1 node that holds other experts than a replica of its EP rank: prefill_l1_experts_g2 (4-7 where "
            + "prefill_l1_experts_g0 holds 0-3, prefill layer 1)",
        "prefill_l1_experts_g2")]
    [InlineData("device",
        "experts prefill_l1_experts_g1 0-3; experts prefill_l1_experts_g3 0-3",
        "fail: 1 node with experts that have another home: prefill_l1_experts_g1 (expert 0 is also on prefill_l1_experts_g0, "
            + "prefill layer 1)",
        "prefill_l1_experts_g1 prefill_l1_experts_g0")]
    [InlineData("device",
        "gpus prefill_l1_experts_g1 0; gpus prefill_l1_experts_g3 2",
        "fail: 2 nodes that hold other experts than a replica of their EP rank: prefill_l1_experts_g1 (4-7 where "
            + "prefill_l1_experts_g0 holds 0-3, prefill layer 1), prefill_l1_experts_g3 (4-7 where prefill_l1_experts_g0 holds 0-3, "
            + "prefill layer 1)",
        "prefill_l1_experts_g1 prefill_l1_experts_g3")]
    [InlineData("device",
        "gpus prefill_l1_experts_g1 9",
        "pass: 8 experts, each on exactly one of 2 groups, in 1 of 1 MoE layers of prefill")]
    [InlineData("device",
        "gpus prefill_l1_experts_g1 none",
        "pass: 8 experts, each on exactly one of 2 groups, in 1 of 1 MoE layers of prefill")]
    [InlineData("device", "header", "pass: 8 experts, each on exactly one of 2 groups, in 1 of 1 MoE layers of prefill")]
    [InlineData("device",
        "header; experts prefill_l1_experts_g1 0-3; experts prefill_l1_experts_g3 0-3",
        "fail: prefill layer 1: 4 experts without a home, the first is 4",
        "prefill_l1_experts_g0")]
    [InlineData("moe",
        "out prefill_l1_gate [batch_size=4, seq_len=64, experts=16]",
        "fail: prefill layer 1: 8 experts without a home, the first is 8",
        "prefill_l1_experts_ep0 prefill_l1_experts_ep1")]
    [InlineData("moe",
        "out prefill_l1_gate [batch_size=4, seq_len=64, experts=7]",
        "fail: 1 node with experts beyond the gate's 7: prefill_l1_experts_ep1 (4-7, prefill layer 1)",
        "prefill_l1_experts_ep1")]
    [InlineData("moe",
        "out prefill_l1_gate [batch_size=4, seq_len=64, experts=131072]",
        "fail: prefill layer 1: 131,064 experts without a home, the first is 8",
        "prefill_l1_experts_ep0 prefill_l1_experts_ep1")]
    [InlineData("moe",
        "out prefill_l1_gate [batch_size=4, seq_len=64, experts=131073]",
        "fail: prefill layer 1: more than 131,072 experts, beyond any plan")]
    [InlineData("moe",
        "out prefill_l1_gate [batch_size=4, seq_len=64]",
        "pass: 8 experts, each on exactly one of 2 groups, in 2 of 2 MoE layers of prefill, 2 of 2 MoE layers of decode")]
    [InlineData("moe",
        "in prefill_l1_experts_ep0 [experts=131073, tokens=128, hidden=64]",
        "fail: prefill layer 1: more than 131,072 experts, beyond any plan")]
    [InlineData("moe",
        "in prefill_l1_experts_ep0 [experts=65537, tokens=128, hidden=64]",
        "fail: prefill layer 1: more than 131,072 experts, beyond any plan")]
    [InlineData("moe",
        "in prefill_l1_experts_ep0 [experts=65536, tokens=128, hidden=64]",
        "pass: 8 experts in 131,072 places, each on at least one of 2 groups, in 1 of 2 MoE layers of prefill; 8 experts, each on "
            + "exactly one of 2 groups, in 1 of 2 MoE layers of prefill, 2 of 2 MoE layers of decode")]
    [InlineData("moe",
        "in prefill_l1_experts_ep0 [experts=5, tokens=128, hidden=64]",
        "pass: 8 experts in 10 places, each on at least one of 2 groups, in 1 of 2 MoE layers of prefill; 8 experts, each on "
            + "exactly one of 2 groups, in 1 of 2 MoE layers of prefill, 2 of 2 MoE layers of decode")]
    [InlineData("moe",
        "in prefill_l1_experts_ep0 [experts=5, tokens=128, hidden=64]; experts prefill_l1_experts_ep0 0-4",
        "pass: 8 experts in 10 places, each on at least one of 2 groups, in 1 of 2 MoE layers of prefill; 8 experts, each on "
            + "exactly one of 2 groups, in 1 of 2 MoE layers of prefill, 2 of 2 MoE layers of decode")]
    [InlineData("moe",
        "in prefill_l1_experts_ep0 [experts=5, tokens=128, hidden=64]; experts prefill_l1_experts_ep0 0-5",
        "fail: 1 node with more experts than its 5 places: prefill_l1_experts_ep0 (0-5, prefill layer 1)",
        "prefill_l1_experts_ep0")]
    [InlineData("moe",
        "in prefill_l1_experts_ep0 [experts=5, tokens=128, hidden=64]; experts prefill_l1_experts_ep0 1-3",
        "fail: prefill layer 1: 1 expert without a home, the first is 0",
        "prefill_l1_experts_ep0 prefill_l1_experts_ep1")]
    [InlineData("moe",
        "in prefill_l1_dispatch [batch_size=4, seq_len=64, top_k=3, hidden=64]",
        "fail: 1 node that sends other slots than the gates chose: prefill_l1_dispatch (top_k 3, chosen 2, prefill layer 1)",
        "prefill_l1_dispatch")]
    [InlineData("moe",
        "in prefill_l1_dispatch [batch_size=4, seq_len=64, top_k=1, hidden=64]",
        "fail: 1 node that sends other slots than the gates chose: prefill_l1_dispatch (top_k 1, chosen 2, prefill layer 1)",
        "prefill_l1_dispatch")]
    [InlineData("moe",
        "in prefill_l1_dispatch [batch_size=3, seq_len=64, top_k=2, hidden=64]",
        "fail: 1 node that sends other slots than the gates chose: prefill_l1_dispatch (batch_size 3, chosen 4, prefill layer 1)",
        "prefill_l1_dispatch")]
    [InlineData("moe",
        "in prefill_l1_dispatch [batch_size=4, seq_len=65, top_k=2, hidden=64]",
        "fail: 1 node that sends other slots than the gates chose: prefill_l1_dispatch (seq_len 65, chosen 64, prefill layer 1)",
        "prefill_l1_dispatch")]
    [InlineData("moe",
        "copy prefill_l1_dispatch x; in prefill_l1_dispatch [batch_size=4, seq_len=64, top_k=1, hidden=64]",
        "pass: 8 experts, each on exactly one of 2 groups, in 2 of 2 MoE layers of prefill, 2 of 2 MoE layers of decode")]
    [InlineData("moe",
        "copy prefill_l1_dispatch x; in prefill_l1_dispatch [batch_size=4, seq_len=64, top_k=3, hidden=64]",
        "fail: 1 node that sends other slots than the gates chose: prefill_l1_dispatch (top_k 3, chosen 2, prefill layer 1)",
        "prefill_l1_dispatch")]
    [InlineData("moe",
        "out prefill_l1_combine [batch_size=4, seq_len=63, top_k=2, hidden=64]",
        "fail: 1 node that returns other slots than the gates chose: prefill_l1_combine (seq_len 63, chosen 64, prefill layer 1)",
        "prefill_l1_combine")]
    [InlineData("moe",
        "out prefill_l1_dispatch [experts=4, tokens=127, hidden=64]",
        "fail: 1 node that sends more slots than its experts have room for: prefill_l1_dispatch (2048 to room for 2032, prefill "
            + "layer 1)",
        "prefill_l1_dispatch")]
    [InlineData("moe",
        "out prefill_l1_dispatch [experts=4, tokens=127, hidden=64]; gpus prefill_l1_dispatch none",
        "pass: 8 experts, each on exactly one of 2 groups, in 2 of 2 MoE layers of prefill, 2 of 2 MoE layers of decode")]
    [InlineData("moe",
        "out prefill_l1_dispatch [experts=4, tokens=127, hidden=64]; gpus prefill_l1_top_k none",
        "pass: 8 experts, each on exactly one of 2 groups, in 2 of 2 MoE layers of prefill, 2 of 2 MoE layers of decode")]
    [InlineData("moe",
        "out prefill_l1_dispatch [experts=4, tokens=127, hidden=64]; gpus prefill_l1_top_k 0-2",
        "pass: 8 experts, each on exactly one of 2 groups, in 2 of 2 MoE layers of prefill, 2 of 2 MoE layers of decode")]
    [InlineData("moe",
        "out prefill_l1_top_k [batch_size=131073, seq_len=64, top_k=2]; out prefill_l1_dispatch [experts=4, tokens=1, hidden=64]",
        "pass: 8 experts, each on exactly one of 2 groups, in 2 of 2 MoE layers of prefill, 2 of 2 MoE layers of decode")]
    [InlineData("moe",
        "out prefill_l1_top_k [batch_size=131072, seq_len=64, top_k=2]; out prefill_l1_dispatch [experts=4, tokens=1, hidden=64]",
        "fail: 1 node that sends other slots than the gates chose: prefill_l1_dispatch (batch_size 4, chosen 131072, prefill layer "
            + "1); 1 node that returns other slots than the gates chose: prefill_l1_combine (batch_size 4, chosen 131072, prefill "
            + "layer 1); 1 node that sends more slots than its experts have room for: prefill_l1_dispatch (67108864 to room for 16, "
            + "prefill layer 1)",
        "prefill_l1_dispatch prefill_l1_combine")]
    [InlineData("moe",
        "out prefill_l1_top_k [batch_size=4, seq_len=8388609, top_k=2]; out prefill_l1_dispatch [experts=4, tokens=1, hidden=64]",
        "pass: 8 experts, each on exactly one of 2 groups, in 2 of 2 MoE layers of prefill, 2 of 2 MoE layers of decode")]
    [InlineData("moe",
        "out prefill_l1_top_k [batch_size=4, seq_len=8388608, top_k=2]; out prefill_l1_dispatch [experts=4, tokens=1, hidden=64]",
        "fail: 1 node that sends other slots than the gates chose: prefill_l1_dispatch (seq_len 64, chosen 8388608, prefill layer "
            + "1); 1 node that returns other slots than the gates chose: prefill_l1_combine (seq_len 64, chosen 8388608, prefill "
            + "layer 1); 1 node that sends more slots than its experts have room for: prefill_l1_dispatch (268435456 to room for 16, "
            + "prefill layer 1)",
        "prefill_l1_dispatch prefill_l1_combine")]
    [InlineData("moe",
        "out prefill_l1_top_k [batch_size=4, seq_len=64, top_k=131073]; out prefill_l1_dispatch [experts=4, tokens=1, hidden=64]",
        "pass: 8 experts, each on exactly one of 2 groups, in 2 of 2 MoE layers of prefill, 2 of 2 MoE layers of decode")]
    [InlineData("moe",
        "out prefill_l1_top_k [batch_size=4, seq_len=64, top_k=131072]; out prefill_l1_dispatch [experts=4, tokens=1, hidden=64]",
        "fail: 1 node that sends other slots than the gates chose: prefill_l1_dispatch (top_k 2, chosen 131072, prefill layer 1); "
            + "1 node that returns other slots than the gates chose: prefill_l1_combine (top_k 2, chosen 131072, prefill layer 1); 1 "
            + "node that sends more slots than its experts have room for: prefill_l1_dispatch (134217728 to room for 16, prefill "
            + "layer 1)",
        "prefill_l1_dispatch prefill_l1_combine")]
    [InlineData("moe",
        "copy prefill_l1_top_k x; out x [batch_size=8, seq_len=64, top_k=2]",
        "fail: 1 node that sends other slots than the gates chose: prefill_l1_dispatch (batch_size 4, chosen 8, prefill layer 1); "
            + "1 node that returns other slots than the gates chose: prefill_l1_combine (batch_size 4, chosen 8, prefill layer 1); 1 "
            + "node that sends more slots than its experts have room for: prefill_l1_dispatch (4096 to room for 2048, prefill layer "
            + "1)",
        "prefill_l1_dispatch prefill_l1_combine")]
    [InlineData("moe",
        "copy prefill_l1_top_k x; out prefill_l1_top_k [batch_size=8, seq_len=64, top_k=2]",
        "fail: 1 node that sends other slots than the gates chose: prefill_l1_dispatch (batch_size 4, chosen 8, prefill layer 1); "
            + "1 node that returns other slots than the gates chose: prefill_l1_combine (batch_size 4, chosen 8, prefill layer 1)",
        "prefill_l1_dispatch prefill_l1_combine")]
    [InlineData("moe",
        "copy prefill_l1_top_k x; out x [batch_size=8, seq_len=?, top_k=2]",
        "pass: 8 experts, each on exactly one of 2 groups, in 2 of 2 MoE layers of prefill, 2 of 2 MoE layers of decode")]
    [InlineData("overview",
        "",
        "pass: 8 experts, all of them in each block of experts, in 2 of 2 MoE layers of prefill, 2 of 2 MoE layers of decode")]
    [InlineData("overview",
        "experts prefill_s1_experts 0-6",
        "fail: prefill layers 1-2: 1 expert without a home, the first is 7",
        "prefill_s1_experts")]
    [InlineData("alike experts",
        "",
        "pass: 8 experts, each on exactly one of 2 groups, in 4 of 4 MoE layers of prefill, 4 of 4 MoE layers of decode")]
    [InlineData("moe",
        "drop prefill_l1_gate; drop prefill_l1_top_k",
        "pass: 8 experts, each on exactly one of 2 groups, in 2 of 2 MoE layers of prefill, 2 of 2 MoE layers of decode")]
    [InlineData("moe",
        "drop prefill_l1_gate",
        "pass: 8 experts, each on exactly one of 2 groups, in 2 of 2 MoE layers of prefill, 2 of 2 MoE layers of decode")]
    public void Experts_without_one_home_and_slots_without_room_are_named(
        string graph, string changes, string expected, string witnesses = "") =>
        RuleText.Is(expected, witnesses, RuleText.Changed(graph, changes, "PD008"));

    /// <summary>Where a gate tells its width, the numbers must fill it.</summary>
    [Theory]
    [InlineData("a [op=attention_norm]; b; a -> b", "pass: no MoE layer: no gate and no expert in the graph")]
    [InlineData("a [op=input]; b [op=output]; a -> b", "skipped: not checked: no operator names: which nodes are experts is not told")]
    [InlineData(
        "g [label=\"Layer 1 Gate\\nOutput: [experts=2]\", op=gate]; a [label=\"Layer 1 Expert 1\"]; b [label=\"Layer 1 Expert "
            + "2\"]; g -> a; g -> b",
        "pass: 2 experts, each on exactly one of 2 groups, in 1 of 1 MoE layers")]
    [InlineData(
        "g [label=\"Layer 1 Gate\\nOutput: [experts=4]\", op=gate]; a [label=\"Layer 1 Expert 1\"]; b [label=\"Layer 1 Expert "
            + "2\"]; g -> a; g -> b",
        "fail: layer 1: 2 experts without a home, the first is 0",
        "a b")]
    [InlineData("a [label=\"Expert 1\"]; b [label=\"Expert 0\"]; b -> a", "skipped: not checked: no layers of the expert nodes")]
    public void A_drawing_names_experts_from_any_number(string drawing, string expected, string witnesses = "") =>
        RuleText.Is(expected, witnesses, RuleText.Drawn(drawing, "PD008"));
}
