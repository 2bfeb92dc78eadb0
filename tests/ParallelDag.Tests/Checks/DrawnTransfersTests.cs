namespace ParallelDag.Tests.Checks;

/// <summary>PD007 on drawings: a Send leads to one Recv of equal size, or is both where its data goes on to other GPUs.</summary>
public class DrawnTransfersTests
{
    [Theory]
    [InlineData(
        "a [label=\"MLP\\nGPU 0\"]; s [label=\"Send\\nGPU 0\"]; r [label=\"Recv\\nGPU 1\"]; b [label=\"MLP\\nGPU 1\"]; a -> s -> "
            + "r -> b",
        "pass: 1 transfer with both ends")]
    [InlineData(
        "a [label=\"MLP\\nGPU 0\"]; s [label=\"Send\\nGPU 0\"]; r [label=\"Recv\\nGPU 1\"]; t [label=\"Recv\\nGPU 2\"]; b "
            + "[label=\"MLP\\nGPU 1\"]; a -> s -> r -> b; s -> t -> b",
        "fail: 1 node that sends to other than one receive: s (line 1) (2)",
        "s")]
    [InlineData(
        "a [label=\"MLP\\nGPU 0\"]; s [label=\"Send\\nGPU 0, 1\"]; r [label=\"Recv\\nGPU 1\"]; t [label=\"Recv\\nGPU 2\"]; b "
            + "[label=\"MLP\\nGPU 1\"]; a -> s -> r -> b; s -> t -> b",
        "pass: 1 transfer with both ends")]
    [InlineData(
        "a [label=\"MLP\\nGPU 0\"]; s [label=\"Send\"]; r [label=\"Recv\"]; t [label=\"Recv\"]; b [label=\"MLP\\nGPU 1\"]; a -> s "
            + "-> r -> b; s -> t -> b",
        "fail: 1 node that sends to other than one receive: s (line 1) (2)",
        "s")]
    [InlineData(
        "a [label=\"MLP\\nGPU 0\"]; s [label=\"Send\\nGPU 0\"]; t [label=\"Send\\nGPU 1\"]; r [label=\"Recv\\nGPU 2\"]; b "
            + "[label=\"MLP\\nGPU 2\"]; a -> s -> r -> b; a -> t -> r",
        "fail: 1 node that receives from other than one send: r (line 1) (2)",
        "r")]
    [InlineData(
        "s [label=\"Send\\nGPU 0\\nOutput: [hidden=8]\"]; r [label=\"Recv\\nGPU 1\\nInput: [hidden=4]\"]; s -> r",
        "fail: 1 node whose receive takes another size than it sends: s (line 1) ([hidden=8] -> [hidden=4])",
        "s")]
    [InlineData(
        "s [label=\"Send\\nGPU 0\\nOutput: [hidden=8]\"]; r [label=\"Recv\\nGPU 1\\nInput: [hidden=8]\"]; s -> r",
        "pass: 1 transfer with both ends")]
    [InlineData(
        "s [label=\"Send\\nGPU 0, 1\\nOutput: [hidden=8]\"]; r [label=\"Recv\\nGPU 2\\nInput: [hidden=4]\"]; t "
            + "[label=\"Recv\\nGPU 3\\nInput: [hidden=4]\"]; s -> r; s -> t",
        "pass: 1 transfer with both ends")]
    [InlineData("s [label=\"Send\\nGPU 0\\nOutput: [hidden=8]\"]; r [label=\"Recv\\nGPU 1\"]; s -> r", "pass: 1 transfer with both ends")]
    [InlineData("a [label=\"MLP\\nGPU 0\"]; s [label=\"Send\\nGPU 0\"]; a -> s", "fail: 1 node that sends to nobody: s (line 1)", "s")]
    [InlineData("r [label=\"Recv\\nGPU 0\"]; b [label=\"MLP\\nGPU 0\"]; r -> b", "fail: 1 node that receives from nobody: r (line 1)", "r")]
    [InlineData(
        "a [label=\"MLP\\nGPU 0\"]; s [label=\"Send\\nGPU 0\"]; b [label=\"MLP\\nGPU 0\"]; a -> s -> b",
        "pass: 1 transfer with both ends")]
    [InlineData(
        "a [label=\"MLP\\nGPU 0\"]; s [label=\"Recv\\nGPU 0\"]; b [label=\"MLP\\nGPU 0\"]; a -> s -> b",
        "skipped: not checked: no stage on any node, and nothing is sent")]
    [InlineData(
        "a [label=\"MLP\\nGPU 0\"]; s [label=\"Send\\nGPU 0\"]; b [label=\"MLP\\nGPU 0\"]; a -> s -> b; x [label=\"Recv\\nGPU "
            + "3\"]; y [label=\"MLP\\nGPU 3\"]; x -> y",
        "fail: 1 node that sends to other than one receive: s (line 1) (0); 1 node that receives from nobody: x (line 1)",
        "s x")]
    [InlineData(
        "a [label=\"MLP\\nGPU 0\"]; s [label=\"Send\\nGPU 0\"]; b [label=\"MLP\\nGPU 1\"]; a -> s -> b; x [label=\"Recv\\nGPU "
            + "3\"]; s -> x",
        "pass: 1 transfer with both ends")]
    [InlineData(
        "a [label=\"MLP\\nGPU 0\"]; s [label=\"Send\\nGPU 0\"]; b [label=\"MLP\\nGPU 0\"]; a -> s -> b; x [label=\"Send "
            + "Recv\\nGPU 3\"]; y [label=\"MLP\\nGPU 3\"]; x -> y",
        "pass: 1 transfer with both ends")]
    [InlineData(
        "a [label=\"MLP\\nGPU 0\"]; s [label=\"Recv\\nGPU 0\"]; b [label=\"MLP\\nGPU 0\"]; a -> s -> b; x [label=\"Send "
            + "Recv\\nGPU 3\"]; y [label=\"MLP\\nGPU 3\"]; x -> y",
        "skipped: not checked: no stage on any node, and nothing is sent")]
    [InlineData(
        "a [label=\"MLP\\nGPU 0\"]; s [label=\"Recv\\nGPU 0\"]; b [label=\"MLP\\nGPU 0\"]; a -> s -> b; x [label=\"Send\\nGPU "
            + "3\"]; y [label=\"MLP\\nGPU 4\"]; y -> x -> b",
        "fail: 1 node that receives from other than one send: s (line 1) (0)",
        "s")]
    [InlineData(
        "a [label=\"MLP\\nGPU 0\"]; s [label=\"Send\\nGPU 0\"]; b [label=\"MLP\"]; a -> s -> b; x [label=\"Recv\\nGPU 3\"]; y "
            + "[label=\"MLP\\nGPU 4\"]; y -> x -> b",
        "fail: 1 node that sends to other than one receive: s (line 1) (0); 1 node that receives from other than one send: x "
            + "(line 1) (0)",
        "s x")]
    [InlineData(
        "a [label=\"MLP\\nGPU 0\"]; s [label=\"Send KV\\nGPU 0\"]; b [label=\"MLP\\nGPU 0\"]; a -> s",
        "skipped: not checked: no stage on any node, and nothing is sent")]
    [InlineData(
        "a [label=\"MLP\\nGPU 0\"]; s [label=\"Send Cache\\nGPU 0\"]; b [label=\"MLP\\nGPU 0\"]; a -> s",
        "skipped: not checked: no stage on any node, and nothing is sent")]
    [InlineData(
        "a [label=\"MLP\\nGPU 0\"]; s [label=\"Send Expert\\nGPU 0\"]; b [label=\"MLP\\nGPU 0\"]; a -> s",
        "skipped: not checked: no stage on any node, and nothing is sent")]
    [InlineData(
        "a [label=\"MLP\\nGPU 0\"]; s [label=\"Send Token\\nGPU 0\"]; b [label=\"MLP\\nGPU 0\"]; a -> s",
        "skipped: not checked: no stage on any node, and nothing is sent")]
    [InlineData(
        "a [label=\"MLP\\nGPU 0\"]; s [label=\"Send Ring\\nGPU 0\"]; b [label=\"MLP\\nGPU 0\"]; a -> s",
        "skipped: not checked: no stage on any node, and nothing is sent")]
    [InlineData(
        "a [label=\"MLP\\nGPU 0\"]; b [label=\"MLP\\nGPU 1\"]; a -> b",
        "skipped: not checked: no stage on any node, and nothing is sent")]
    public void A_send_has_one_receive_of_equal_size(string drawing, string expected, string witnesses = "") =>
        RuleText.Is(expected, witnesses, RuleText.Drawn(drawing, "PD007"));

    [Theory]
    [InlineData(
        "a [label=\"MLP\\nGPU 0\", stage=1]; s [label=\"Pipeline Communication\"]; b [label=\"MLP\\nGPU 1\", stage=2]; a -> s -> b",
        "pass: 1 transfer with both ends")]
    [InlineData(
        "a [label=\"MLP\\nGPU 0\", stage=1]; s [label=\"Pipeline Communication\"]; b [label=\"MLP\\nGPU 1\", stage=3]; a -> s -> b",
        "fail: 1 node that joins stages which are not consecutive: s (line 1) (stage 1 to stage 3)",
        "s")]
    [InlineData(
        "a [label=\"MLP\\nGPU 0\", stage=1]; s [label=\"Pipeline Communication\"]; b [label=\"MLP\\nGPU 1\", stage=1]; a -> s -> b",
        "skipped: not checked: no second stage that the drawing's nodes tell, and nothing that is sent to one")]
    [InlineData(
        "a [label=\"MLP\\nGPU 0\", stage=1]; s [label=\"Pipeline Communication\", stage=1]; b [label=\"MLP\\nGPU 1\", stage=3]; a "
            + "-> s -> b",
        "fail: 1 edge between stages that are not consecutive: s -> b (line 1) (stage 1 to stage 3)",
        "| s>b")]
    [InlineData(
        "a [label=\"MLP\\nGPU 0\", stage=1]; c [label=\"MLP\\nGPU 0\", stage=2]; s [label=\"Pipeline Communication\"]; b "
            + "[label=\"MLP\\nGPU 1\", stage=4]; a -> s -> b; c -> s",
        "skipped: not checked: no node or edge that is known to send from a stage to the next")]
    [InlineData(
        "a [label=\"MLP\\nGPU 0\", stage=1]; c [label=\"MLP\\nGPU 0\"]; s [label=\"Pipeline Communication\"]; b "
            + "[label=\"MLP\\nGPU 1\", stage=4]; c -> s; a -> s -> b",
        "skipped: not checked: no node or edge that is known to send from a stage to the next")]
    [InlineData(
        "a [label=\"MLP\\nGPU 0\", stage=1]; c [label=\"MLP\\nGPU 0\", stage=1]; s [label=\"Pipeline Communication\"]; b "
            + "[label=\"MLP\\nGPU 1\", stage=4]; c -> s; a -> s -> b",
        "fail: 1 node that joins stages which are not consecutive: s (line 1) (stage 1 to stage 4)",
        "s")]
    [InlineData(
        "a [label=\"MLP\\nGPU 0\", stage=1]; s [label=\"KV Communication\"]; b [label=\"MLP\\nGPU 1\", stage=3]; a -> s -> b",
        "skipped: not checked: no node or edge that is known to send from a stage to the next")]
    [InlineData(
        "a [label=\"MLP\\nGPU 0\", stage=1]; b [label=\"MLP\\nGPU 1\", stage=2]; a -> b",
        "fail: 1 edge that leaves a stage without being sent: a -> b (line 1) (stage 1 to stage 2)",
        "| a>b")]
    [InlineData(
        "a [label=\"MLP\\nGPU 0\", stage=1]; b [label=\"MLP\\nGPU 1\", stage=1]; a -> b",
        "skipped: not checked: no second stage that the drawing's nodes tell, and nothing that is sent to one")]
    [InlineData(
        "a [label=\"MLP\\nGPU 0\", stage=1]; b [label=\"MLP\\nGPU 1\", stage=2]; a -> b [kind=pipeline]",
        "pass: 1 pipeline edge straight from a stage to the next")]
    [InlineData(
        "a [label=\"MLP\\nGPU 0\", stage=1]; b [label=\"MLP\\nGPU 1\", stage=3]; a -> b [kind=pipeline]",
        "fail: 1 edge between stages that are not consecutive: a -> b (line 1) (stage 1 to stage 3)",
        "| a>b")]
    [InlineData(
        "a [label=\"MLP\\nGPU 0\", stage=1]; b [label=\"Output\\nGPU 1\", stage=3, shape=ellipse]; a -> b",
        "skipped: not checked: no node or edge that is known to send from a stage to the next")]
    [InlineData(
        "a [label=\"MLP\\nGPU 0\", stage=1]; b [label=\"All-Reduce\\nGPU 1\", stage=2]; a -> b",
        "pass: 1 pipeline edge straight from a stage to the next")]
    [InlineData(
        "a [label=\"MLP\\nGPU 0\", stage=1]; b [label=\"All-Reduce\\nGPU 1\", stage=3]; a -> b",
        "fail: 1 edge between stages that are not consecutive: a -> b (line 1) (stage 1 to stage 3)",
        "| a>b")]
    [InlineData(
        "a [label=\"MLP\\nGPU 0\", stage=1]; b [label=\"All-Reduce\\nGPU 1\", stage=1]; a -> b",
        "skipped: not checked: no second stage that the drawing's nodes tell, and nothing that is sent to one")]
    [InlineData(
        "a [label=\"MLP\\nGPU 0\", stage=1]; b [label=\"MLP\\nGPU 1\"]; a -> b",
        "skipped: not checked: no second stage that the drawing's nodes tell, and nothing that is sent to one")]
    [InlineData(
        "a [label=\"MLP\\nGPU 0\", stage=1, phase=prefill]; b [label=\"MLP\\nGPU 1\", stage=3, phase=decode]; a -> b",
        "skipped: not checked: no node or edge that is known to send from a stage to the next")]
    public void What_is_sent_goes_from_a_stage_to_the_next(string drawing, string expected, string witnesses = "") =>
        RuleText.Is(expected, witnesses, RuleText.Drawn(drawing, "PD007"));
}
