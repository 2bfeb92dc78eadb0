namespace ParallelDag.Tests.Checks;

/// <summary>A drawing beside a plan: what it lacks beyond operators, which the line tells behind it.</summary>
public class DrawnDifferenceTests
{
    /// <summary>Layers are counted from 0 or 1, and so are experts.</summary>
    [Theory]
    [InlineData("pipeline",
        "a [label=\"Layer 1 MLP\\nGPU: 0-1\"]",
        "GPUs 2-5 of the plan run nothing; add the nodes of their shards and stages; 2 layers of the plan's 3 not drawn: 2-3")]
    [InlineData("pipeline",
        "a [label=\"Layer 1 MLP\\nGPU: 0-1\", phase=decode]",
        "the plan's prefill phase is not drawn; add its 3 stages; the plan has no decode phase; GPUs 2-5 of the plan run nothing; "
            + "add the nodes of their shards and stages; 2 layers of the plan's 3 not drawn: 2-3")]
    [InlineData("moe",
        "a [label=\"Layer 1 MLP\\nGPU: 0-1\", phase=decode]",
        "the plan's prefill phase is not drawn; add its 1 stage; GPUs 2-3 of the plan run nothing; add the nodes of their shards "
            + "and stages; 1 layer of the plan's 2 not drawn: 2")]
    [InlineData("pipeline", "a [label=\"Layer 1 MLP\"]; b [label=\"Layer 2 MLP\"]; c [label=\"Layer 3 MLP\"]; a -> b -> c", "")]
    [InlineData("pipeline", "a [label=\"Layer 0 MLP\"]; b [label=\"Layer 1 MLP\"]; c [label=\"Layer 2 MLP\"]; a -> b -> c", "")]
    [InlineData("pipeline",
        "a [label=\"Layer 0 MLP\"]; b [label=\"Layer 1 MLP\"]; c [label=\"Layer 3 MLP\"]; a -> b -> c",
        "1 layer of the plan's 3 not drawn: 3; layer 3 is beyond the plan's 3 layers")]
    [InlineData("pipeline",
        "a [label=\"Layer 1 MLP\"]; b [label=\"Layer 2 MLP\"]; c [label=\"Layer 3 MLP\"]; d [label=\"Layer 4 MLP\"]; a -> b -> c "
            + "-> d",
        "layer 4 is beyond the plan's 3 layers")]
    [InlineData("pipeline", "a [label=\"Layers 1-3 MLP\\nGPU: 0-5\"]", "")]
    [InlineData("pipeline", "a [label=\"Layers 0-2 MLP\\nGPU: 0-5\"]", "")]
    [InlineData("pipeline", "a [label=\"Layers 1-2 MLP\\nGPU: 0-5\"]", "1 layer of the plan's 3 not drawn: 3")]
    [InlineData("pipeline", "a [label=\"MLP\\nGPU: 0-5\"]", "")]
    [InlineData("pipeline",
        "a [label=\"Layer 1 MLP\\nGPU: 0-1\"]; b [label=\"Layer 2 MLP\\nGPU: 2-3\"]; c [label=\"Layer 3 MLP\\nGPU: 4-5\"]; a -> b "
            + "-> c",
        "")]
    [InlineData("pipeline",
        "a [label=\"Layer 1 MLP\\nGPU: 0-2\"]; b [label=\"Layer 2 MLP\\nGPU: 0-1\"]; c [label=\"Layer 3 MLP\\nGPU: 3-6\"]; a -> b "
            + "-> c",
        "1 node on GPUs that the plan does not use: c (line 1) (6); 1 node on other GPUs than the plan gives its layer: b (line 1) "
            + "(layer 2 runs on GPUs 2-3)")]
    [InlineData("pipeline",
        "a [label=\"Layer 0 MLP\\nGPU: 2\"]; b [label=\"Layer 1 MLP\\nGPU: 4\"]; c [label=\"Layer 2 MLP\\nGPU: 0\"]; a -> b -> c",
        "GPUs 1,3,5 of the plan run nothing; add the nodes of their shards and stages; 3 nodes on other GPUs than the plan gives "
            + "their layer: a (line 1) (layer 0 runs on GPUs 0-1), b (line 1) (layer 1 runs on GPUs 2-3), c (line 1) (layer 2 runs "
            + "on GPUs 4-5)")]
    [InlineData("pipeline",
        "a [label=\"Layer 1 All-Reduce\\nGPU: 4-5\", shape=ellipse]; b [label=\"Layer 2 MLP\\nGPU: 2-3\"]; a -> b",
        "GPUs 0-1 of the plan run nothing; add the nodes of their shards and stages; 1 layer of the plan's 3 not drawn: 3")]
    [InlineData("moe", "a [label=\"Layer 1 Experts 0-7\\nGPU: 0-3\"]", "1 layer of the plan's 2 not drawn: 2")]
    [InlineData("moe", "a [label=\"Layer 1 Experts 1-8\\nGPU: 0-3\"]", "1 layer of the plan's 2 not drawn: 2")]
    [InlineData("moe",
        "a [label=\"Layer 1 Experts 0-6\\nGPU: 0-3\"]",
        "1 layer of the plan's 2 not drawn: 2; experts 7 of the plan's 8 are not drawn")]
    [InlineData("moe",
        "a [label=\"Layer 1 Experts 1-7\\nGPU: 0-3\"]",
        "1 layer of the plan's 2 not drawn: 2; experts 0 of the plan's 8 are not drawn")]
    [InlineData("moe",
        "a [label=\"Layer 1 Experts 0-8\\nGPU: 0-3\"]",
        "1 layer of the plan's 2 not drawn: 2; expert 8 is beyond the plan's 8")]
    [InlineData("moe",
        "a [label=\"Layer 1 Experts 0-3\\nGPU: 0-3\"]; b [label=\"Layer 1 Experts 4-7\\nGPU: 0-3\"]; a -> b",
        "1 layer of the plan's 2 not drawn: 2")]
    [InlineData("pipeline",
        "a [label=\"Layer 1 Experts 0-3\\nGPU: 0-3\"]",
        "GPUs 4-5 of the plan run nothing; add the nodes of their shards and stages; 2 layers of the plan's 3 not drawn: 2-3; the "
            + "plan has no experts")]
    public void Phases_GPUs_layers_and_experts_are_those_of_the_plan(string plan, string drawing, string expected) =>
        RuleText.Begins(expected, RuleText.Drawn(drawing, "PD027", GraphScript.Good(plan)));
}
