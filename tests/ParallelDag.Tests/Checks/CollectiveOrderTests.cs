namespace ParallelDag.Tests.Checks;

/// <summary>
/// One order of collectives for every rank: drawings of few nodes, of which it can be seen by hand whether the members wait for each
/// other.
/// </summary>
public class CollectiveOrderTests
{
    /// <summary>
    /// Ranks of one collective are merged by name, the number of the rank aside, and by how often a rank has met that name.
    /// </summary>
    [Theory]
    [InlineData(
        "a [shape=ellipse, label=\"All-Reduce a\\nGPU 0\"]; b [shape=ellipse, label=\"All-Reduce a\\nGPU 1\"]; "
            + "c [shape=ellipse, label=\"All-Reduce c\\nGPU 0-1\"]; d [shape=ellipse, label=\"All-Reduce d\\nGPU 0-2\"]; "
            + "e [shape=ellipse, label=\"All-Reduce e\"]; a -> c; b -> c",
        "pass: 4 collectives of 3 GPU sets, 2 nodes of single ranks merged into theirs: one order of the whole graph serves every "
            + "member")]
    [InlineData("a [label=\"MLP\"]; b [label=\"Norm\"]; a -> b", "pass: no collective in the graph, so nothing to put in order")]
    [InlineData("a; b; a -> b", "skipped: not checked: no node that is known to be a collective")]
    [InlineData("a [kind=computation]; b; a -> b", "pass: no collective in the graph, so nothing to put in order")]
    [InlineData("a [op=attention_norm]; b; a -> b", "pass: no collective in the graph, so nothing to put in order")]
    [InlineData(
        "x [label=\"MLP\\nGPU 0\"]; a [shape=ellipse, label=\"All-Reduce a\\nGPU 0-1\"]; x -> a -> x",
        "skipped: not checked: no order of nodes at all: the graph has a cycle (PD001)")]
    [InlineData(
        "x [label=\"MLP\\nGPU 0\"]; y [label=\"MLP\\nGPU 0\"]; x -> y -> x; a [shape=ellipse, label=\"All-Reduce a\\nGPU 0-1\"]; y "
            + "-> a",
        "skipped: not checked: no order of nodes at all: the graph has a cycle (PD001)")]
    [InlineData(
        "x [label=\"MLP\\nGPU 0\"]; y [label=\"MLP\\nGPU 0\"]; a [shape=ellipse, label=\"All-Reduce a\\nGPU 0-1\"]; b "
            + "[shape=ellipse, label=\"All-Reduce b\\nGPU 0-1\"]; x -> a -> y -> b -> x",
        "skipped: not checked: no order of nodes at all: the graph has a cycle (PD001)")]
    [InlineData(
        "x [label=\"MLP\\nGPU 0\"]; y [label=\"MLP\\nGPU 1\"]; a [shape=ellipse, label=\"All-Reduce a\\nGPU 0-1\"]; b "
            + "[shape=ellipse, label=\"All-Reduce b\\nGPU 0-1\"]; x -> a -> y -> b -> x",
        "fail: 2 collectives wait for each other: a (line 1) before b (line 1) on GPU 0-1, b (line 1) before a (line 1) on GPU 0-1",
        "a y b x | a>y y>b b>x x>a")]
    [InlineData(
        "x [label=\"MLP\\nGPU 0\"]; y [label=\"MLP\"]; a [shape=ellipse, label=\"All-Reduce a\\nGPU 0-1\"]; b [shape=ellipse, "
            + "label=\"All-Reduce b\\nGPU 0-1\"]; x -> a -> y -> b -> x",
        "skipped: not checked: no order of nodes at all: the graph has a cycle (PD001)")]
    [InlineData(
        "x [label=\"MLP\\nGPU 2\"]; y [label=\"MLP\\nGPU 1\"]; a [shape=ellipse, label=\"All-Reduce a\\nGPU 0-1\"]; b "
            + "[shape=ellipse, label=\"All-Reduce b\\nGPU 0-1\"]; x -> a -> y -> b -> x",
        "skipped: not checked: no order of nodes at all: the graph has a cycle (PD001)")]
    [InlineData(
        "x [label=\"MLP\\nGPU 0\"]; a [shape=ellipse, label=\"All-Reduce a\\nGPU 0-1\"]; b [shape=ellipse, label=\"All-Reduce "
            + "b\\nGPU 1-2\"]; c [shape=ellipse, label=\"All-Reduce c\\nGPU 2,0\"]; x -> a -> b -> c -> x",
        "fail: 3 collectives wait for each other: a (line 1) before b (line 1) on GPU 1, b (line 1) before c (line 1) on GPU 2, c "
            + "(line 1) before a (line 1) on GPU 0",
        "a b c x | a>b b>c c>x x>a")]
    [InlineData(
        "a [shape=ellipse, label=\"All-Reduce a\\nGPU 0\", group_size=1]; b [shape=ellipse, label=\"All-Reduce a\\nGPU 1\", "
            + "group_size=1]; a -> b",
        "pass: 2 collectives of 2 GPU sets: one order of the whole graph serves every member")]
    [InlineData(
        "a [shape=ellipse, label=\"All-Reduce a\\nGPU 0\", group_size=2]; b [shape=ellipse, label=\"All-Reduce a\\nGPU 1\", "
            + "group_size=2]; a -> b",
        "fail: 1 collective wait for each other: a (line 1) before b (line 1)",
        "a b | a>b")]
    [InlineData(
        "a [shape=ellipse, label=\"All-Reduce a\\nGPU 0-1\"]; b [shape=ellipse, label=\"All-Reduce a\\nGPU 2-3\"]; a -> b",
        "pass: 2 collectives of 2 GPU sets: one order of the whole graph serves every member")]
    [InlineData(
        "a0 [shape=ellipse, label=\"All-Reduce\\nGPU 0\"]; m0 [label=\"MLP\\nGPU 0\"]; b0 [shape=ellipse, label=\"All-Reduce\\nGPU "
            + "0\"]; b1 [shape=ellipse, label=\"All-Reduce\\nGPU 1\"]; m1 [label=\"MLP\\nGPU 1\"]; a1 [shape=ellipse, "
            + "label=\"All-Reduce\\nGPU 1\"]; a0 -> m0 -> b0; a1 -> m1 -> b1",
        "pass: 2 collectives of 1 GPU set, 4 nodes of single ranks merged into theirs: one order of the whole graph serves every "
            + "member")]
    [InlineData(
        "a [shape=ellipse, label=\"All-Reduce a\\nGPU 0\", group_size=4]; b [shape=ellipse, label=\"All-Reduce a\\nGPU 1\", "
            + "group_size=4]",
        "fail: 1 node of collectives that some members never enter: a (line 1) (2 of 4 ranks)",
        "a")]
    [InlineData(
        "a [shape=ellipse, label=\"All-Reduce a\\nGPU 0\", group_size=2]; b [shape=ellipse, label=\"All-Reduce a\\nGPU 1\", "
            + "group_size=4]",
        "fail: 1 node of collectives that some members never enter: a (line 1) (2 of 4 ranks)",
        "a")]
    [InlineData(
        "a [shape=ellipse, label=\"All-Reduce a\\nGPU 0\", group_size=2]; b [shape=ellipse, label=\"All-Reduce a\\nGPU 1\"]; c "
            + "[shape=ellipse, label=\"All-Reduce a\\nGPU 2\"]; d [shape=ellipse, label=\"All-Reduce a\\nGPU 3\"]",
        "pass: 1 collective of 1 GPU set, 4 nodes of single ranks merged into theirs: one order of the whole graph serves every "
            + "member")]
    [InlineData(
        "a [shape=ellipse, label=\"All-Reduce a\\nGPU 0\", group_size=2]; b [shape=ellipse, label=\"All-Reduce a\\nGPU 1\"]; c "
            + "[shape=ellipse, label=\"All-Reduce a\\nGPU 2\"]",
        "fail: 1 node of collectives that some members never enter: a (line 1) (3 of 2 ranks)",
        "a")]
    [InlineData(
        "a [shape=ellipse, label=\"All-Reduce\\nGPU: 0\"]; m [label=MLP]; b [shape=ellipse, label=\"All-Reduce\\nGPU: 1\"]; a -> m "
            + "-> b; p0 [shape=ellipse, label=\"All-Reduce p\\nGPU 0\"]; p1 [shape=ellipse, label=\"All-Reduce p\\nGPU 1\"]; q0 "
            + "[shape=ellipse, label=\"All-Reduce q\\nGPU 0\"]; q1 [shape=ellipse, label=\"All-Reduce q\\nGPU 1\"]; p0 -> q0; q1 -> "
            + "p1",
        "fail: 2 collectives wait for each other: p0 (line 1) before q0 (line 1) on GPU 0, q1 (line 1) before p1 (line 1) on GPU 1",
        "p0 q0 q1 p1 | p0>q0 q1>p1")]
    [InlineData(
        "a [shape=ellipse, label=\"All-Reduce\\nGPU: 0\"]; c [shape=ellipse, label=\"All-Gather\\nGPU: 0-1\"]; b [shape=ellipse, "
            + "label=\"All-Reduce\\nGPU: 1\"]; a -> c -> b",
        "fail: 2 collectives wait for each other: a (line 1) before c (line 1) on GPU 0, c (line 1) before b (line 1) on GPU 1",
        "a c b | a>c c>b")]
    [InlineData(
        "a [shape=ellipse, label=\"All-Reduce\\nGPU: 0\"]; c [label=\"MLP\\nGPU: 0-1\"]; d [shape=ellipse, "
            + "label=\"All-Gather\\nGPU: 0-1\"]; b [shape=ellipse, label=\"All-Reduce\\nGPU: 1\"]; a -> c -> d -> b",
        "pass: 2 collectives of 1 GPU set, 2 nodes of single ranks merged into theirs: one order of the whole graph serves every "
            + "member")]
    [InlineData(
        "a [shape=ellipse, label=\"ar_0\\nAll-Reduce\\nGPU 0\"]; b [shape=ellipse, label=\"ar_1\\nAll-Reduce\\nGPU 1\"]; a -> b",
        "fail: 1 collective wait for each other: a (line 1) before b (line 1)",
        "a b | a>b")]
    [InlineData(
        "a [shape=ellipse, label=\"all_reduce_a_10\\nGPU 10\"]; b [shape=ellipse, label=\"all_reduce_a_9\\nGPU 9\"]; a -> b",
        "fail: 1 collective wait for each other: a (line 1) before b (line 1)",
        "a b | a>b")]
    [InlineData(
        "a [shape=ellipse, label=\"all_reduce_a_1\\nGPU 10\"]; b [shape=ellipse, label=\"all_reduce_a_0\\nGPU 9\"]; a -> b",
        "pass: 2 collectives of 2 GPU sets: one order of the whole graph serves every member")]
    [InlineData(
        "a [shape=ellipse, label=\"all_reduce expert_10\\nGPU 10\"]; b [shape=ellipse, label=\"all_reduce expert_9\\nGPU 9\"]; a "
            + "-> b",
        "pass: 2 collectives of 2 GPU sets: one order of the whole graph serves every member")]
    [InlineData(
        "a [shape=ellipse, label=\"All-Reduce (rank 5)\\nGPU 0\"]; b [shape=ellipse, label=\"All-Reduce (rank 6)\\nGPU 1\"]; a -> b",
        "pass: 2 collectives of 2 GPU sets: one order of the whole graph serves every member")]
    [InlineData(
        "a [shape=ellipse, label=\"All-Reduce a\\nGPU 0\", layer=1]; b [shape=ellipse, label=\"All-Reduce a\\nGPU 1\", layer=2]; a "
            + "-> b",
        "pass: 2 collectives of 2 GPU sets: one order of the whole graph serves every member")]
    [InlineData(
        "a [shape=ellipse, label=\"Send\\nGPU 0-1\"]; b [label=\"MLP\\nGPU 1\"]; a -> b",
        "pass: no collective in the graph, so nothing to put in order")]
    [InlineData(
        "a [shape=ellipse, label=\"Exchange\\nGPU 0-1\"]; b [label=\"MLP\\nGPU 1\"]; a -> b",
        "pass: 1 collective of 1 GPU set: one order of the whole graph serves every member")]
    [InlineData(
        "a [shape=ellipse, label=\"Exchange\\nGPU 0\"]; b [shape=ellipse, label=\"Exchange\\nGPU 1\"]; a -> b",
        "pass: 2 collectives of 2 GPU sets: one order of the whole graph serves every member")]
    [InlineData(
        "a0 [shape=ellipse, label=\"All-Reduce\\nGPU 0\"]; b0 [shape=ellipse, label=\"All-Gather\\nGPU 0\"]; b1 [shape=ellipse, "
            + "label=\"All-Gather\\nGPU 1\"]; a1 [shape=ellipse, label=\"All-Reduce\\nGPU 1\"]; c [shape=ellipse, label=\"All-Reduce "
            + "z\\nGPU 2-3\"]; d [shape=ellipse, label=\"All-Gather d\\nGPU 4\"]; a0 -> b0 -> c -> d; a1 -> b1 -> c",
        "pass: 4 collectives of 3 GPU sets, 4 nodes of single ranks merged into theirs: one order of the whole graph serves every "
            + "member")]
    [InlineData(
        "a [kind=communication, title=Move, collective=\"send-recv\", gpus=\"0-1\"]; b [label=\"MLP\\nGPU 1\"]; a -> b",
        "pass: no collective in the graph, so nothing to put in order")]
    [InlineData(
        "a [kind=communication, title=Move, gpus=\"0-1\"]; b [label=\"MLP\\nGPU 1\"]; a -> b",
        "pass: 1 collective of 1 GPU set: one order of the whole graph serves every member")]
    [InlineData(
        "a [kind=communication, title=\"Send it\", gpus=\"0-1\"]; b [label=\"MLP\\nGPU 1\"]; a -> b",
        "pass: no collective in the graph, so nothing to put in order")]
    [InlineData(
        "x [label=\"MLP\\nGPU 0\"]; a [shape=ellipse, label=\"All-Reduce a\\nGPU 0\"]; b [shape=ellipse, label=\"All-Reduce "
            + "a\\nGPU 1\"]; x -> a -> x; a -> b",
        "skipped: not checked: no order of nodes at all: the graph has a cycle (PD001)")]
    public void A_drawing_deadlocks_or_does_not(string drawing, string expected, string witnesses = "") =>
        RuleText.Is(expected, witnesses, RuleText.Drawn(drawing, "PD012"));

    /// <summary>A dispatch on one GPU of its two is a collective that one member never enters.</summary>
    [Theory]
    [InlineData("moe", "", "pass: 20 collectives of 1 GPU set: one order of the whole graph serves every member")]
    [InlineData("device", "", "pass: 4 collectives of 2 GPU sets: one order of the whole graph serves every member")]
    [InlineData("pipeline", "", "pass: 16 collectives of 3 GPU sets: one order of the whole graph serves every member")]
    [InlineData("device",
        "gpus prefill_l1_dispatch_g0 0",
        "fail: 1 node of collectives that some members never enter: prefill_l1_dispatch_g0 (1 of 2 ranks)",
        "prefill_l1_dispatch_g0")]
    public void Collectives_of_a_plan_are_counted(string graph, string changes, string expected, string witnesses = "") =>
        RuleText.Is(expected, witnesses, RuleText.Changed(graph, changes, "PD012"));
}
