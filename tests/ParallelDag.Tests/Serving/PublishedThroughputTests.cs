using ParallelDag.Serving;

namespace ParallelDag.Tests.Serving;

/// <summary>
/// Output tokens a second under full load as NVIDIA publishes them: TensorRT-LLM v1.0, docs/source/performance/perf-overview.md, models
/// in FP8 (ModelOpt). Nothing is fitted to them. Weights and cache in 8 bits, 7 % of the memory and 3 GB held back, d from what is left
/// at the mean context, passes of 8192 tokens.
/// </summary>
public class PublishedThroughputTests(ITestOutputHelper output)
{
    private static readonly (int Prompt, int Output)[] Workloads =
    [
        (128, 128), (128, 2048), (128, 4096), (500, 2000), (1000, 1000), (1000, 2000), (2048, 128), (2048, 2048), (5000, 500), (20000,
            2000),
    ];

    private static readonly (string Size, string Gpu, int Tp, int[] Published)[] Rows =
    [
        ("8B", "H100", 1, [28312, 22714, 14325, 17660, 15220, 13899, 3450, 9305, 3459, 1351]),
        ("8B", "H200", 1, [27911, 26221, 18027, 20770, 17744, 16828, 3538, 12194, 3902, 1804]),
        ("70B", "H100", 2, [6378, 6651, 4199, 5222, 4205, 4146, 762, 3082, 898, 437]),
        ("70B", "H200", 1, [3803, 4336, 2872, 3666, 2909, 2994, 442, 2003, 566, 283]),
        ("405B", "H100", 8, [3627, 4340, 3116, 3994, 2919, 2895, 453, 2296, 610, 345]),
        ("405B", "H200", 8, [3814, 5348, 4741, 4724, 3330, 3722, 456, 2948, 650, 505]),
    ];

    [Fact]
    public void Sixty_throughputs_are_off_by_less_than_fifteen_percent_on_average()
    {
        var ratios = new List<double>();
        foreach ((string size, string gpu, int tp, int[] published) in Rows)
        {
            double[] ratio = [.. Workloads.Zip(published, (workload, value) => Predicted(size, gpu, tp, workload.Prompt,
                workload.Output) / value)];
            output.WriteLine($"{size} {tp} x {gpu}: {string.Join(" ", ratio.Select(value => value.ToString("0.00")))}");
            ratios.AddRange(ratio);
        }

        double mean = ratios.Average(ratio => Math.Abs(ratio - 1));
        ratios.Sort();
        output.WriteLine($"mean error {mean:0.000}, median {ratios[ratios.Count / 2]:0.00}, {ratios[0]:0.00} to {ratios[^1]:0.00}");
        Assert.InRange(mean, 0, .12);
        Assert.InRange(ratios[ratios.Count / 2], .95, 1.08);
        Assert.InRange(ratios[0], .80, 1);
        Assert.InRange(ratios[^1], 1, 1.6);
    }

    /// <summary>What an independent model of the same numbers predicts.</summary>
    [Theory]
    [InlineData(128, 2048, 22657)]
    [InlineData(500, 2000, 18149)]
    [InlineData(1000, 1000, 14965)]
    [InlineData(2048, 2048, 9648)]
    [InlineData(5000, 500, 3232)]
    public void Llama_8B_on_one_H100(int prompt, int tokens, double model) =>
        Assert.Equal(model, Predicted("8B", "H100", 1, prompt, tokens), model * .001);

    private static double Predicted(string size, string gpu, int tp, int prompt, int tokens)
    {
        AggregatedServing serving = LlamaServing.Aggregated(LlamaServing.Model(size, LlamaServing.Fp8), gpu, tp, prompt, tokens);
        double bytes = (DeviceProfile.Find(gpu)!.MemoryBytes * .93) - 3e9;
        return serving.Filled(Math.Floor(serving.Room.Sequences(bytes)), 8192).TokensPerSecond;
    }
}
