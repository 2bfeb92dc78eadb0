using ParallelDag.Checks;
using ParallelDag.Readers;

namespace ParallelDag.Tests.Checks;

/// <summary>PD005 on drawings of a few boxes: which dimensions contradict each other.</summary>
public class DrawnDimensionsTests
{
    private static string Box(string id, string input, string output, string shape = "box", string? name = null) =>
        $"{id} [shape={shape}, label=\"{name ?? "Step " + id}\\nGPU: 0\\nInput: {input}\\nOutput: {output}\"];";

    private static CheckResult Check(string edges, params string[] nodes) => Assert.Single(
        CheckRunner.Run(DotReader.Read($"digraph {{ {string.Join(' ', nodes)} {edges} }}", "drawn.dot"), ["PD005"]).Results);

    private static string Agreeing(CheckResult result)
    {
        Assert.True(result.Status == CheckStatus.Skipped, result.ToString());
        return result.Evidence[(result.Evidence.LastIndexOf("along ", StringComparison.Ordinal) + 6)..];
    }

    [Theory]
    [InlineData("[batch_size=4, hidden=512]", "[batch_size=4, hidden=256]")]
    [InlineData("[batch_size=4, hidden=512]", "[batch_size=4, hidden=1024]")]
    [InlineData("Q [heads=8]", "Q [heads=4]")]
    [InlineData("[heads=8]", "Q [heads=4]")]
    [InlineData("Q [heads=8]", "[heads=4]")]
    public void A_consumer_that_takes_other_sizes_is_named_with_its_producer(string yielded, string taken)
    {
        CheckResult result = Check("a -> b;", Box("a", "[x=1]", yielded), Box("b", taken, "[x=1]"));
        Assert.Equal(CheckStatus.Fail, result.Status);
        Assert.Contains("a", result.Nodes);
        Assert.Contains("b", result.Nodes);
    }

    [Theory]
    [InlineData("[batch_size=4, hidden=512]", "[batch_size=4, hidden=512]", "1 of 1 data edge")]
    [InlineData("[batch_size=4, seq_len=?]", "[batch_size=4, seq_len=1024]", "1 of 1 data edge")]
    [InlineData("[batch_size=4, seq_len=1024]", "[batch_size=4, seq_len=?]", "1 of 1 data edge")]
    [InlineData("[batch_size=4, hidden=512]", "[tokens=4, hidden=256]", "0 of 1 data edge")]
    [InlineData("Q [heads=8]", "K [heads=2]", "0 of 1 data edge")]
    [InlineData("Q [heads=8], K [heads=2]", "K [heads=2]", "1 of 1 data edge")]
    public void Equal_sizes_agree_and_other_names_say_nothing(string yielded, string taken, string agreeing) =>
        Assert.Equal(agreeing, Agreeing(Check("a -> b;", Box("a", "[x=1]", yielded), Box("b", taken, "[x=1]"))));

    [Fact]
    public void Several_producers_may_be_joined() => Assert.Equal("0 of 2 data edges", Agreeing(Check("a -> c; b -> c;",
        Box("a", "[x=1]", "[hidden=512]"), Box("b", "[x=1]", "[hidden=512]"), Box("c", "[hidden=1024]", "[x=1]"))));

    [Fact]
    public void Several_consumers_may_take_parts_but_no_more_than_there_is()
    {
        string whole = Box("a", "[x=1]", "[batch_size=4, hidden=512]"), half = "[batch_size=4, hidden=256]",
            more = "[batch_size=4, hidden=1024]";
        Assert.Equal("0 of 2 data edges", Agreeing(Check("a -> b; a -> c;", whole, Box("b", half, "[x=1]"), Box("c", half, "[x=1]"))));
        Assert.Equal(CheckStatus.Fail, Check("a -> b; a -> c;", whole, Box("b", half, "[x=1]"), Box("c", more, "[x=1]")).Status);
    }

    [Theory]
    [InlineData("ellipse", "All-Gather")]
    [InlineData("parallelogram", "Top-2 Routing")]
    [InlineData("parallelogram", "Expert Aggregation")]
    public void Communication_routing_and_aggregation_may_change_sizes(string shape, string name)
    {
        string box = Box("a", "[heads=8]", "[heads=4]"), other = Box("b", "[heads=8]", "[heads=2]", shape, name);
        Assert.Equal("0 of 1 data edge", Agreeing(Check("a -> b;", box, other)));
        Assert.Equal("0 of 1 data edge", Agreeing(Check("b -> a;", box, other)));
    }

    [Fact]
    public void A_cache_may_hold_fewer_heads() => Assert.Equal("0 of 1 data edge", Agreeing(Check("a -> b;",
        Box("a", "[x=1]", "[heads=8]"), Box("b", "[heads=2]", "[x=1]", name: "KV Cache"))));
}
