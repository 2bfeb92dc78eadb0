using ParallelDag.Checks;
using ParallelDag.Graphs;

namespace ParallelDag.Tests.Checks;

/// <summary>Chunks of a prompt by the passes that sample: of four passes 0 to 3 that end with 1 and 3 two are a prompt.</summary>
public class PromptChunksTests
{
    private static readonly PhaseId Prefill = new(PhaseKind.Prefill);

    private static RowGraph Passes(int passes, string sampled, string phase = "prefill")
    {
        var graph = new RowGraph();
        for (int pass = 0; pass < passes; pass++)
            graph.Node($"{phase}{pass}", Ops.FfnNorm, $"{phase} s1 l1 m{pass}", "0");
        foreach (string pass in sampled.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            graph.Node($"{phase}sample{pass}", Ops.Sampling, $"{phase} s1 m{pass}", "0");
        return graph;
    }

    private static PromptChunks Of(RowGraph graph)
    {
        Dag dag = graph.Build();
        return new PromptChunks(dag, new FactsIndex(dag));
    }

    [Theory]
    [InlineData(4, "1 3", 2)]
    [InlineData(4, "3", 4)]
    [InlineData(4, "0 1 2 3", 1)]
    [InlineData(4, "", 1)]
    [InlineData(4, "0 2", 1)]
    [InlineData(4, "1 2", 1)]
    [InlineData(5, "1 3", 1)]
    [InlineData(3, "2", 3)]
    [InlineData(6, "2 5", 3)]
    [InlineData(1, "0", 1)]
    public void Chunks_are_the_passes_over_those_that_sample(int passes, string sampled, int chunks)
    {
        PromptChunks own = Of(Passes(passes, sampled));
        Assert.Equal(chunks, own.Of(Prefill));
        Assert.Equal(1, own.Of(new PhaseId(PhaseKind.Decode)));
    }

    [Fact]
    public void Each_phase_has_its_own()
    {
        RowGraph graph = Passes(4, "1 3");
        for (int pass = 0; pass < 2; pass++)
            graph.Node($"d{pass}", Ops.Sampling, $"decode s1 m{pass}", "0");
        PromptChunks own = Of(graph.Node("nowhere", Ops.Sampling, "s1 m0", "0").Node("in", Ops.Input, "s1", "0"));
        Assert.Equal((2, 1), (own.Of(Prefill), own.Of(new PhaseId(PhaseKind.Decode))));
    }

    private static RowGraph WithPrompts(int passes, string sampled, int prompt, params ReadOnlySpan<int> lengths)
    {
        RowGraph graph = Passes(passes, sampled).Node("prompts", Ops.Input, "prefill s1", "0", output: $"[batch_size=2, seq_len={prompt}]");
        for (int pass = 0; pass < lengths.Length; pass++)
        {
            graph.Node($"embed{pass}", Ops.Embedding, $"prefill s1 m{pass}", "0", $"[batch_size=2, seq_len={lengths[pass]}]", "[hidden=4]")
                .Edge("prompts", $"embed{pass}");
        }

        return graph;
    }

    /// <summary>
    /// A prompt of 10 in chunks of 4, 4 and 2 begins at 0, 4 and 8; where the chunks are 3, 3 and 2 a cache of prefixes held 2 before them.
    /// </summary>
    [Theory]
    [InlineData(4, 4, 2, "0 4 8 0 4 8")]
    [InlineData(3, 3, 2, "2 5 8 2 5 8")]
    [InlineData(5, 5, 2, "0 5 10 0 5 10")]
    public void A_pass_begins_behind_earlier_chunks_and_what_was_cached(int first, int second, int third, string starts)
    {
        PromptChunks own = Of(WithPrompts(6, "2 5", 10, first, second, third, first, second, third));
        Assert.Equal(starts, string.Join(' ', Enumerable.Range(0, 6).Select(pass => own.StartOf(Prefill, pass))));
    }

    [Fact]
    public void Whole_prompts_begin_behind_what_was_cached()
    {
        PromptChunks own = Of(WithPrompts(2, "0 1", 10, 10, 7));
        Assert.Equal((0, 3), (own.StartOf(Prefill, 0), own.StartOf(Prefill, 1)));
    }

    /// <summary>Lengths are those of prefill's Input and of what reads it, where they tell them.</summary>
    [Fact]
    public void Lengths_that_are_not_told_are_none()
    {
        Assert.Equal(0, Of(Passes(2, "1")).StartOf(Prefill, 1));
        RowGraph graph = Passes(2, "1", "decode").Node("tokens", Ops.Input, "decode s1", "0", output: "[batch_size=2, seq_len=10]")
            .Node("embed", Ops.Embedding, "decode s1", "0", "[batch_size=2, seq_len=3]").Edge("tokens", "embed");
        Assert.Equal(0, Of(graph).StartOf(new PhaseId(PhaseKind.Decode), 0));
        RowGraph open = Passes(1, "0").Node("prompts", Ops.Input, "prefill s1", "0", output: "[batch_size=2]")
            .Node("embed", Ops.Embedding, "prefill s1", "0", "[batch_size=2, seq_len=3]").Edge("prompts", "embed");
        Assert.Equal(0, Of(open).StartOf(Prefill, 0));
        RowGraph untold = Passes(1, "0").Node("prompts", Ops.Input, "prefill s1", "0", output: "[batch_size=2, seq_len=5]")
            .Node("embed", Ops.Embedding, "prefill s1", "0").Edge("prompts", "embed");
        Assert.Equal(5, Of(untold).StartOf(Prefill, 0));
        RowGraph bare = Passes(1, "0").Node("prompts", Ops.Input, "prefill s1", "0");
        Assert.Equal(0, Of(bare).StartOf(Prefill, 0));
    }
}
