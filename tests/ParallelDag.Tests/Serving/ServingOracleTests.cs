using ParallelDag.Serving;

namespace ParallelDag.Tests.Serving;

/// <summary>
/// Llama-70B in bf16 on eight H100 as an independent closed form has it, to the last digit that it prints. That form leaves out the weights
/// of norms, which every one of the 161 norms reads.
/// </summary>
public class ServingOracleTests
{
    private const double NormWeights = 161 * 8192 * 2 / (3.35e12 * .8) * 1e3;

    [Theory]
    [InlineData(1, 10.051)]
    [InlineData(16, 11.946)]
    [InlineData(64, 15.798)]
    [InlineData(256, 31.207)]
    public void A_decode_step_at_4352_positions(int batch, double milliseconds)
    {
        PhaseForm decode = LlamaServing.Phase(8, PhaseKind.Decode, 4096, 256);
        Assert.Equal(milliseconds, (decode.At(batch).Once * 1e3) - NormWeights, 0.0005);
    }

    [Fact]
    public void The_closed_form_of_a_decode_step_at_4608_positions_to_six_digits() =>
        Assert.Equal(12.001975, (LlamaServing.Phase(8, PhaseKind.Decode, 4096, 512).At(16).Once * 1e3) - NormWeights, 1e-6 * 12);

    [Theory]
    [InlineData(512, 25.134, 512)]
    [InlineData(2048, 86.849, 2048)]
    [InlineData(8192, 322.386, 8192)]
    public void The_first_token_of_one_prompt(int prompt, double milliseconds, int tokens)
    {
        // That form runs the final norm on the last position alone, ours on all of them.
        double norm = tokens * 8192 * 4 / (3.35e12 * .8) * 1e3;
        double form = (LlamaServing.Phase(8, PhaseKind.Prefill, prompt, 1).At(1).Once * 1e3) - norm - NormWeights;
        Assert.Equal(milliseconds, form, 0.0005);
    }

    [Fact]
    public void A_mixed_pass_and_what_follows()
    {
        AggregatedServing serving = LlamaServing.Aggregated(LlamaServing.Model("70B"), "H100", 8, 1024, 512);
        SteadyState state = serving.At(64, 2048);
        Close(90.884506e-3, state.MixedPass);
        Close(13.127403e-3, state.DecodePass);
        Close(0.062622, state.ChunkShare);
        Close(17.997e-3, state.Tpot);
        Close(90.885e-3, state.Ttft);
        Close(6.959298, state.RequestsPerSecond);
        Close(3563.16, state.TokensPerSecond);
        Assert.False(state.PrefillBound);
    }

    [Theory]
    [InlineData(16, 16.847, 951.58)]
    [InlineData(64, 35.633, 1799.60)]
    [InlineData(128, 61.221, 2094.88)]
    public void Aggregated_serving_of_long_prompts(int decoding, double tpot, double tokensPerSecond)
    {
        SteadyState state = LlamaServing.Aggregated(LlamaServing.Model("70B"), "H100", 8, 4096, 512).At(decoding, 2048);
        Close(tpot * 1e-3, state.Tpot);
        Close(tokensPerSecond, state.TokensPerSecond);
    }

    [Theory]
    [InlineData(0.5)]
    [InlineData(0.75)]
    public void Chunks_supply_what_no_prefix_cache_holds(double cached)
    {
        // Where half of each prompt is cached, half the chunks supply as many sequences.
        WorkloadSpec workload = new() { Batch = 1, PromptLength = 4096, OutputLength = 512, CachedPrompt = cached };
        AggregatedServing serving = LlamaServing.Aggregated(LlamaServing.Model("70B"), "H100", 8, workload);
        double passing = 4096 * (1 - cached);
        Close(511 * 2048 / passing, serving.MostDecoding(2048));
        SteadyState state = serving.At(64, 512);
        Close(64 / (511 * 512 / passing), state.ChunkShare);
        Close(Math.Ceiling(passing / 512) * state.MixedPass, state.Ttft);
    }

    [Fact]
    public void A_form_is_fitted_where_the_tokens_that_pass_divide_over_experts()
    {
        // 30 positions of which 10 are cached, 2 of 16 experts: 16 / gcd(16, 20*2) = 2, and 16 / gcd(16, 30*2) = 4.
        WorkloadSpec workload = new() { Batch = 1, PromptLength = 30, CachedPrompt = 1 / 3.0 };
        ModelSpec model = Support.TestPlans.Dense with
        {
            Moe = new ParallelDag.Layers.MoeFeedForward { ExpertCount = 16, TopK = 2, Ffn = 32 },
        };
        Assert.Equal(2, EvenRouting.Of(model, workload with { CachedPrompt = 0.3334 }, PhaseKind.Prefill, new PhaseStrategy()));
        Assert.Equal(4, EvenRouting.Of(model, workload with { CachedPrompt = 0 }, PhaseKind.Prefill, new PhaseStrategy()));
        Assert.Equal(8, EvenRouting.Of(model, workload, PhaseKind.Decode, new PhaseStrategy()));

        // Prompts of 30 in two parts: 16/gcd(16, 15*2) = 8; in four they do not divide.
        WorkloadSpec uncached = workload with { CachedPrompt = 0 };
        Assert.Equal(8, EvenRouting.Of(model, uncached, PhaseKind.Prefill, new PhaseStrategy { Sp = 2 }));
        Assert.Equal(4, EvenRouting.Of(model, uncached, PhaseKind.Prefill, new PhaseStrategy { Sp = 4 }));
        Assert.Equal(8, EvenRouting.Of(model, uncached, PhaseKind.Prefill,
            new PhaseStrategy { Tp = 2, AttentionOutput = AttentionOutput.ReduceScatter }));
    }

    [Fact]
    public void More_sequences_than_chunks_supply_are_cut()
    {
        AggregatedServing serving = LlamaServing.Aggregated(LlamaServing.Model("70B"), "H100", 8, 4096, 512);
        SteadyState state = serving.At(1000, 2048);
        Assert.True(state.PrefillBound);
        Assert.Equal(Math.Floor(511.0 * 2048 / 4096), state.Decoding);
        Assert.InRange(state.ChunkShare, 0.99, 1);
    }

    [Fact]
    public void Rates_of_disaggregated_pools()
    {
        double prefill = 1 / LlamaServing.Phase(2, PhaseKind.Prefill, 4096, 512).At(1).Slowest;
        double tpot = LlamaServing.Phase(8, PhaseKind.Decode, 4096, 256).At(178).Interval(1), decode = 178 / (511 * tpot);
        Assert.Equal(2.347, prefill, 2.347e-3);
        Assert.Equal(13.963, decode, 13.963e-3);
        Assert.Equal(357.45, Math.Min(6 * prefill, decode) * 512 / 20, 0.35745);
    }

    /// <summary>A longer pass of more sequences, and less time for each: what pruned searches rest on.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(8)]
    public void Time_grows_with_the_batch_and_time_a_sequence_falls(int tp)
    {
        PhaseForm decode = LlamaServing.Phase(tp, PhaseKind.Decode, 4096, 256);
        double before = 0, each = double.PositiveInfinity;
        for (int batch = 1; batch <= 400; batch++)
        {
            double seconds = decode.At(batch).Once;
            Assert.True(seconds >= before && seconds / batch <= each * (1 + 1e-12), $"tp {tp}, batch {batch}");
            (before, each) = (seconds, seconds / batch);
        }
    }

    private static void Close(double expected, double actual) => Assert.Equal(expected, actual, expected * 1e-4);
}
