using System.Text;
using System.Text.Json;
using ParallelDag.Descriptions;
using ParallelDag.Plans;
using ParallelDag.Tests.Support;

namespace ParallelDag.Tests.Descriptions;

public class PlanDescriptionTests
{
    private const double GiB = 1L << 30;

    // openai/gpt-oss-120b at 131,072 tokens: every second layer keeps 128 positions.
    [Fact]
    public void Both_numbers_of_a_windowed_cache_are_told()
    {
        ModelDescription model = PlanDescription.Of("gpt-oss", PublishedConfigs.Read(PublishedConfigs.GptOss(36, 128))).Model;

        Assert.Equal(9.0, model.FullLengthCacheBytesPerSequence / GiB);
        Assert.Equal(4.5 + (18 * 128 * 2048 / GiB), model.CacheBytesPerSequence / GiB);
        Assert.Equal(model.WeightBytes, model.Weights.Sum(row => row.Bytes));
        Assert.Equal(model.TotalParameters, model.Weights.Sum(row => row.Parameters));
        Assert.Equal(201_088L * 2880, model.ActiveParameters - model.ActiveParametersWithoutEmbedding);
    }

    [Fact]
    public void Multi_token_layers_are_counted_apart()
    {
        ModelDescription model = PlanDescription.Of("V3", PublishedConfigs.Read(PublishedConfigs.DeepSeekV3())).Model;
        Assert.Equal(688_574_839_360, model.WeightBytes + model.MultiTokenWeightBytes);

        string text = DescriptionText.Write(PlanDescription.Of("V3", model.Spec));
        Assert.Contains("  with MTP     688,574,839,360 bytes", text, StringComparison.Ordinal);
        Assert.Contains("  expert       fp8/128x128      653,908,770,816      654,068,416,512", text, StringComparison.Ordinal);
    }

    /// <summary>A pass takes a position of each sequence at least, so no more sequences fit than a chunk has tokens.</summary>
    [Fact]
    public void A_chunk_bounds_the_sequences_that_fit()
    {
        var plan = DeploymentPlan.Create(TestPlans.Of(TestPlans.Dense, new PhaseStrategy { Chunk = 100 }, batch: 2, prompt: 64));
        Assert.Equal(100, PlanDescription.Of(plan).Phases[0].SequencesThatFit);
    }

    /// <summary>With as many sequences as are told a phase fits, and with one more it does not.</summary>
    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(2, 2, 1)]
    [InlineData(3, 1, 2)]
    public void As_many_sequences_fit_as_are_told(int pp, int dp, int microBatches)
    {
        var strategy = new PhaseStrategy { Pp = pp, Dp = dp };
        PlanSpec spec = TestPlans.Of(TestPlans.Moe, null, strategy, batch: dp * microBatches, prompt: 500_000, microBatches: microBatches);
        int told = PlanDescription.Of(DeploymentPlan.Create(spec)).Phases[0].SequencesThatFit!.Value;

        Assert.True(told > 1);
        Assert.True(Fits(told));
        Assert.False(Fits(told + 1));

        bool Fits(int batch) =>
            MemoryPlan.Of(DeploymentPlan.Create(spec with { Workload = spec.Workload with { Batch = batch } })).All(memory => memory.Fits);
    }

    [Fact]
    public void What_does_not_fit_at_all_has_room_for_none()
    {
        PlanSpec spec = TestPlans.Of(PublishedConfigs.Read(PublishedConfigs.DeepSeekV3()), null, new PhaseStrategy(), batch: 1);
        Assert.Equal(0, PlanDescription.Of(DeploymentPlan.Create(spec)).Phases[0].SequencesThatFit);
    }

    /// <summary>For every kind of plan: sums agree, the JSON carries them, and the text fits a terminal.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public void Sums_agree_and_lines_fit(int seed)
    {
        PlanDescription description = PlanDescription.Of(TestPlans.Random(seed));
        var stream = new MemoryStream();
        DescriptionJson.Write(description, stream);
        using JsonDocument json = JsonDocument.Parse(Encoding.UTF8.GetString(stream.ToArray()));
        JsonElement model = json.RootElement.GetProperty("model");

        long bytes = model.GetProperty("weights").EnumerateArray().Sum(row => row.GetProperty("bytes").GetInt64());
        Assert.Equal(description.Model.WeightBytes, bytes);
        foreach (PhaseDescription phase in description.Phases)
        {
            DagMemory fullest = phase.Memory.MaxBy(memory => memory.TotalBytes)!;
            Assert.Equal(fullest.WeightBytes, phase.WeightBytesByClass.Sum(row => row.Value));
        }

        Assert.All(DescriptionText.Write(description).Split('\n'), line => Assert.InRange(line.Length, 0, 80));
    }
}
