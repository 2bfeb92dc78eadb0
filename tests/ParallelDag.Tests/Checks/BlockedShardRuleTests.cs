namespace ParallelDag.Tests.Checks;

/// <summary>Shards of weights that are quantised in blocks, on a layer of one GPU whose FFN is 128 wide.</summary>
public class BlockedShardRuleTests
{
    /// <summary>Half is the largest part; the remedy is the largest number of GPUs that whole blocks allow.</summary>
    [Theory]
    [InlineData("parallel",
        "blocks prefill_l1_ffn_down mlp.down_proj=128/256:128",
        "pass: 1 shard of weights on 1 node, each of whole quantisation blocks")]
    [InlineData("parallel",
        "blocks prefill_l1_ffn_up mlp.up_proj=128/256:128",
        "pass: 1 shard of weights on 1 node, each of whole quantisation blocks")]
    [InlineData("parallel",
        "blocks prefill_l1_ffn_up mlp.up_proj=64/256:64",
        "fail: 1 node whose shapes and quantised weights differ in width: prefill_l1_ffn_up (mlp.up_proj: 64, the shape has 128)",
        "prefill_l1_ffn_up")]
    [InlineData("parallel",
        "blocks prefill_l1_ffn_down mlp.down_proj=64/256:64",
        "fail: 1 node whose shapes and quantised weights differ in width: prefill_l1_ffn_down (mlp.down_proj: 64, the shape has "
            + "128)",
        "prefill_l1_ffn_down")]
    [InlineData("parallel",
        "blocks prefill_l1_ffn_down mlp.down_proj=128/384:128",
        "pass: 1 shard of weights on 1 node, each of whole quantisation blocks")]
    [InlineData("parallel",
        "blocks prefill_l1_attention x=64/256:64",
        "pass: 1 shard of weights on 1 node, each of whole quantisation blocks")]
    [InlineData("parallel",
        "blocks prefill_l1_attention x=64/256:64 y=32/64:32",
        "pass: 1 shard of weights on 1 node, each of whole quantisation blocks")]
    [InlineData("parallel",
        "blocks prefill_l1_attention x=64/64:64",
        "fail: 1 node whose shard of a weight is no part of it: prefill_l1_attention (x: 64 of 64)",
        "prefill_l1_attention")]
    [InlineData("parallel",
        "blocks prefill_l1_attention x=64/127:64",
        "fail: 1 node whose shard of a weight is no part of it: prefill_l1_attention (x: 64 of 127)",
        "prefill_l1_attention")]
    [InlineData("parallel",
        "blocks prefill_l1_attention x=64/128:64",
        "pass: 1 shard of weights on 1 node, each of whole quantisation blocks")]
    [InlineData("parallel",
        "blocks prefill_l1_attention x=96/192:128",
        "fail: 1 node whose weights are split into widths that their quantisation blocks do not divide: prefill_l1_attention (x: "
            + "96 of 192 in blocks of 128; split it over 1 GPUs)",
        "prefill_l1_attention")]
    [InlineData("parallel",
        "blocks prefill_l1_attention x=96/384:64",
        "fail: 1 node whose weights are split into widths that their quantisation blocks do not divide: prefill_l1_attention (x: "
            + "96 of 384 in blocks of 64; split it over 3 GPUs)",
        "prefill_l1_attention")]
    [InlineData("parallel",
        "blocks prefill_l1_attention x=32/96:32",
        "pass: 1 shard of weights on 1 node, each of whole quantisation blocks")]
    [InlineData("parallel",
        "blocks prefill_l1_attention x=100/1000:64",
        "fail: 1 node whose weights are split into widths that their quantisation blocks do not divide: prefill_l1_attention (x: "
            + "100 of 1000 in blocks of 64; split it over 1 GPUs)",
        "prefill_l1_attention")]
    [InlineData("parallel",
        "blocks prefill_l1_attention nothing",
        "fail: 1 node whose quantised weights are not told as name=width/whole:block: prefill_l1_attention (nothing)",
        "prefill_l1_attention")]
    [InlineData("parallel", "", "skipped: not checked: no weight on any node that is quantised in blocks and split")]
    [InlineData("parallel",
        "blocks prefill_l1_attention x=200/100:64",
        "fail: 1 node whose weights are split into widths that their quantisation blocks do not divide: prefill_l1_attention (x: "
            + "200 of 100 in blocks of 64; split it over 1 GPUs)",
        "prefill_l1_attention")]
    [InlineData("parallel",
        "blocks prefill_l1_attention x=64/256:64, y=32/64:32",
        "pass: 2 shards of weights on 1 node, each of whole quantisation blocks")]
    public void A_shard_is_a_part_of_whole_blocks_and_as_wide_as_the_shape(
        string graph, string changes, string expected, string witnesses = "") =>
        RuleText.Is(expected, witnesses, RuleText.Changed(graph, changes, "PD018"));
}
