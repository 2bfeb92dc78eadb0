using ParallelDag.Checks;

namespace ParallelDag.Tests.Checks;

/// <summary>
/// PD006 on generated graphs, each damaged in one way: tp 2 within ep 2, so tp groups are GPUs 0, 1 and 2, 3 and ep groups 0, 2 and 1, 3.
/// </summary>
public class ProcessGroupsTests
{
    [Theory]
    [InlineData("moe", "", "pass: 20 collectives on whole process groups (4 ep groups, 4 tp groups)")]
    [InlineData("pipeline", "", "pass: 16 collectives on whole process groups (3 tp groups)")]
    [InlineData("overview", "", "pass: 4 collectives on whole process groups (2 ep groups)")]
    [InlineData("parallel", "header", "skipped: not checked: no plan or mesh (axes, order and stages) in the graph")]
    [InlineData("apart", "", "pass: no collective in the graph, so no process group to hold it against")]
    [InlineData(
        "moe",
        "gpus prefill_l1_ffn_all_reduce 0-1",
        "fail: 1 node that stands for 2 groups on the GPUs of 1: prefill_l1_ffn_all_reduce (0-1)",
        "prefill_l1_ffn_all_reduce")]
    [InlineData(
        "moe",
        "gpus prefill_l1_ffn_all_reduce 0,2",
        "fail: 1 node whose members are no union of whole tp groups of 2: prefill_l1_ffn_all_reduce (0,2)",
        "prefill_l1_ffn_all_reduce")]
    [InlineData(
        "moe",
        "gpus prefill_l1_ffn_all_reduce 0-2",
        "fail: 1 node whose members are no union of whole tp groups of 2: prefill_l1_ffn_all_reduce (0-2)",
        "prefill_l1_ffn_all_reduce")]
    [InlineData(
        "moe",
        "gpus prefill_l1_ffn_all_reduce 0-4",
        "fail: 1 node with members outside prefill stage 1: prefill_l1_ffn_all_reduce (0-4)",
        "prefill_l1_ffn_all_reduce")]
    [InlineData("moe", "gpus prefill_l1_ffn_all_reduce none", "pass: 19 collectives on whole process groups (4 ep groups, 4 tp groups)")]
    [InlineData(
        "moe",
        "size prefill_l1_ffn_all_reduce 4",
        "fail: 1 node whose group size 4 is the degree of no axis that it may run over (tp 2): prefill_l1_ffn_all_reduce (0-3)",
        "prefill_l1_ffn_all_reduce")]
    [InlineData(
        "moe",
        "size prefill_l1_ffn_all_reduce 1",
        "fail: 1 node of a collective that does not state its group size: prefill_l1_ffn_all_reduce (collective all-reduce); 1 "
            + "node whose group size 1 is the degree of no axis that it may run over (tp 2): prefill_l1_ffn_all_reduce (0-3)",
        "prefill_l1_ffn_all_reduce")]
    [InlineData(
        "moe",
        "size prefill_l1_ffn_all_reduce 0",
        "fail: 1 node of a collective that does not state its group size: prefill_l1_ffn_all_reduce (collective all-reduce)",
        "prefill_l1_ffn_all_reduce")]
    [InlineData(
        "moe",
        "collective prefill_l1_ffn_all_reduce allgather",
        "fail: 1 node whose operator ffn_all_reduce is all-reduce: prefill_l1_ffn_all_reduce (collective all-gather)",
        "prefill_l1_ffn_all_reduce")]
    [InlineData(
        "moe",
        "collective prefill_l1_ffn_norm allreduce",
        "fail: 1 node whose operator ffn_norm is no collective: prefill_l1_ffn_norm (collective all-reduce); 1 node of an "
            + "operator that is no collective (ffn_norm): prefill_l1_ffn_norm (0-3)",
        "prefill_l1_ffn_norm")]
    [InlineData(
        "moe",
        "size prefill_l1_ffn_norm 2",
        "fail: 1 node that states groups though it is no collective: prefill_l1_ffn_norm (collective null)",
        "prefill_l1_ffn_norm")]
    [InlineData("moe", "op prefill_l1_ffn_all_reduce none", "pass: 20 collectives on whole process groups (4 ep groups, 4 tp groups)")]
    [InlineData(
        "moe",
        "op prefill_l1_ffn_all_reduce none; gpus prefill_l1_ffn_all_reduce 0-2",
        "fail: 1 node whose members are no union of whole tp groups of 2: prefill_l1_ffn_all_reduce (0-2)",
        "prefill_l1_ffn_all_reduce")]
    [InlineData(
        "moe",
        "op prefill_l1_ffn_all_reduce none; gpus prefill_l1_ffn_all_reduce 0,2",
        "fail: 1 node that stands for 2 groups on the GPUs of 1: prefill_l1_ffn_all_reduce (0,2)",
        "prefill_l1_ffn_all_reduce")]
    [InlineData(
        "moe",
        "op prefill_l1_ffn_all_reduce odd",
        "fail: 1 node of an operator that is no collective (odd): prefill_l1_ffn_all_reduce (0-3)",
        "prefill_l1_ffn_all_reduce")]
    [InlineData(
        "moe",
        "op prefill_l1_ffn_all_reduce none; size prefill_l1_ffn_all_reduce 3",
        "fail: 1 node whose group size 3 is the degree of no axis that it may run over (tp 2, sp 1, ep 2, etp 1, dp 1, sp+tp 2): "
            + "prefill_l1_ffn_all_reduce (0-3)",
        "prefill_l1_ffn_all_reduce")]
    [InlineData(
        "moe",
        "gpus prefill_l1_dispatch 0-1",
        "fail: 1 node whose members are no union of whole ep groups of 2: prefill_l1_dispatch (0-1)",
        "prefill_l1_dispatch")]
    [InlineData(
        "moe",
        "gpus prefill_l1_dispatch 0,2",
        "fail: 1 node that stands for 2 groups on the GPUs of 1: prefill_l1_dispatch (0,2)",
        "prefill_l1_dispatch")]
    [InlineData("moe", "phase prefill_l1_ffn_all_reduce none", "pass: 19 collectives on whole process groups (4 ep groups, 4 tp groups)")]
    [InlineData(
        "pipeline",
        "gpus prefill_l1_m0_ffn_all_reduce 2-3",
        "fail: 1 node with members outside prefill stage 1: prefill_l1_m0_ffn_all_reduce (2-3)",
        "prefill_l1_m0_ffn_all_reduce")]
    [InlineData(
        "pipeline",
        "gpus prefill_l1_m0_ffn_all_reduce 7-8",
        "fail: 1 node with members outside prefill stage 1: prefill_l1_m0_ffn_all_reduce (7-8)",
        "prefill_l1_m0_ffn_all_reduce")]
    [InlineData(
        "pipeline",
        "stage prefill_l1_m0_ffn_all_reduce none; gpus prefill_l1_m0_ffn_all_reduce 2-3",
        "pass: 16 collectives on whole process groups (3 tp groups)")]
    [InlineData(
        "pipeline",
        "stage prefill_l1_m0_ffn_all_reduce none; gpus prefill_l1_m0_ffn_all_reduce 7-8",
        "fail: 1 node with members outside the prefill phase: prefill_l1_m0_ffn_all_reduce (7-8)",
        "prefill_l1_m0_ffn_all_reduce")]
    public void Members_are_whole_groups_of_the_axis(string graph, string changes, string expected, string witnesses = "") =>
        RuleText.Is(expected, witnesses, RuleText.Changed(graph, changes, "PD006"));

    /// <summary>S, bytes on the wire and groups of one node; -1 for none.</summary>
    [Theory]
    [InlineData("moe", "prefill_l1_ffn_all_reduce", 32768, 131072, 3,
        "fail: 1 node that stands for 3 groups on the GPUs of 2: prefill_l1_ffn_all_reduce (0-3)",
        "prefill_l1_ffn_all_reduce")]
    [InlineData("moe", "prefill_l1_ffn_all_reduce", 32768, 131072, 0,
        "fail: 1 node of a collective that does not state its groups: prefill_l1_ffn_all_reduce (collective all-reduce)",
        "prefill_l1_ffn_all_reduce")]
    [InlineData("moe", "prefill_l1_ffn_all_reduce", 32768, 131072, -1,
        "fail: 1 node of a collective that does not state its groups: prefill_l1_ffn_all_reduce (collective all-reduce)",
        "prefill_l1_ffn_all_reduce")]
    [InlineData("moe", "prefill_l1_ffn_norm", 0, 0, 1,
        "fail: 1 node that states groups though it is no collective: prefill_l1_ffn_norm (collective null)",
        "prefill_l1_ffn_norm")]
    [InlineData("overview", "prefill_s1_dispatch", 1, 1, 3, "pass: 4 collectives on whole process groups (2 ep groups)")]
    [InlineData("overview", "prefill_s1_dispatch", 1, 1, 4, "pass: 4 collectives on whole process groups (2 ep groups)")]
    public void A_collective_states_the_groups_of_its_GPUs(
        string graph, string id, long size, long wire, long groups, string expected, string witnesses = "") =>
        RuleText.Is(expected, witnesses, RuleText.Of(GraphScript.Traffic(graph, id, size, wire, groups), "PD006"));
}
