using ParallelDag.Plans;
using ParallelDag.Precisions;
using ParallelDag.Tests.Support;

namespace ParallelDag.Tests.Plans;

/// <summary>Shards of quantised weights against their blocks: 8 by 8, over widths that ranks divide but blocks do not.</summary>
public class BlockRulesTests
{
    private static readonly Precision Blocks =
        Precision.Bf16 with { Weights = NumberFormat.Fp8Blocks(8, 8), Experts = NumberFormat.Fp8Blocks(8, 8) };

    private static string[] Faults(ModelOutline model, PhaseStrategy strategy) =>
    [
        .. BlockRules.Faults(TestPlans.Of(model, strategy), PhaseKind.Prefill, "here", strategy)
            .Select(fault => $"{fault.Path}: {fault.Message}"),
    ];

    /// <summary>48 over 2 is 24, three blocks; over 4 it is 12, one and a half.</summary>
    [Theory]
    [InlineData(48, 1, null)]
    [InlineData(48, 2, null)]
    [InlineData(48, 4, "widths of 12, which its blocks of 8 do not divide; the largest tp that works is 2")]
    [InlineData(48, 8, "widths of 6, which its blocks of 8 do not divide; the largest tp that works is 2")]
    [InlineData(64, 8, null)]
    [InlineData(72, 2, "widths of 36, which its blocks of 8 do not divide; the largest tp that works is 1")]
    [InlineData(36, 1, null)]
    public void A_shard_is_of_whole_blocks(int ffn, int tp, string? fault)
    {
        string[] faults = Faults(TestPlans.Dense with { Ffn = ffn, Precision = Blocks }, new() { Tp = tp });
        Assert.Equal(fault is null ? 0 : 3, faults.Length);
        foreach ((string module, string found) in new[] { "gate_proj", "up_proj", "down_proj" }.Zip(faults.Order(StringComparer.Ordinal)
            .OrderBy(found => Array.FindIndex(["gate", "up_", "down"], part => found.Contains(part, StringComparison.Ordinal)))))
            Assert.Equal($"here.tp: mlp.{module} ({NumberFormat.Fp8Blocks(8, 8)}) would be split into {fault}", found);
    }

    /// <summary>12 over 3 ranks is 4 a rank; of the divisors of 6 the largest that leaves whole blocks of 4 is 3.</summary>
    [Fact]
    public void What_works_divides_the_degree()
    {
        ModelOutline model = TestPlans.Dense with
        {
            Hidden = 48, Heads = 6, KvHeads = 6, HeadDim = 8, Ffn = 36, Precision = Blocks with { Weights = NumberFormat.Fp8Blocks(4, 4) },
        };
        Assert.All(Faults(model, new() { Tp = 6 }), fault =>
            Assert.EndsWith("the largest tp that works is 3", fault, StringComparison.Ordinal));
        Assert.Equal(3, Faults(model, new() { Tp = 6 }).Length);
    }

    /// <summary>Dense parts over a group of their own: tp 2, of two data-parallel ranks 4.</summary>
    [Theory]
    [InlineData(null, null)]
    [InlineData(2, null)]
    [InlineData(4, "widths of 12, which its blocks of 8 do not divide; the largest denseTp that works is 2")]
    public void Dense_parts_have_a_degree_of_their_own(int? denseTp, string? fault)
    {
        string[] faults = Faults(TestPlans.Dense with { Ffn = 48, Precision = Blocks }, new() { Tp = 2, Dp = 2, DenseTp = denseTp });
        Assert.Equal(fault is null ? 0 : 3, faults.Length);
        Assert.All(faults, found => Assert.StartsWith("here.denseTp: ", found, StringComparison.Ordinal));
        Assert.All(faults, found => Assert.EndsWith(fault!, found, StringComparison.Ordinal));
    }

    /// <summary>Experts of dedicated ranks are split over tp, those of folded ones over etp.</summary>
    [Fact]
    public void Experts_have_the_degree_that_splits_them()
    {
        ModelOutline model = TestPlans.Moe with { Moe = TestPlans.Moe.Moe! with { Ffn = 48 }, Precision = Blocks };
        string[] dedicated = Faults(model, new() { Tp = 4, Ep = 2 });
        Assert.NotEmpty(dedicated);
        Assert.All(dedicated, fault => Assert.StartsWith("here.tp: ", fault, StringComparison.Ordinal));
        var folded = new PhaseStrategy
        {
            Tp = 4, Dp = 2, Ep = 2, Etp = 4, ExpertParallel = ExpertParallelMode.Folded, AttentionOutput = AttentionOutput.ReduceScatter,
        };
        string[] faults = Faults(model, folded);
        Assert.NotEmpty(faults);
        Assert.All(faults, fault => Assert.StartsWith("here.etp: ", fault, StringComparison.Ordinal));
        Assert.All(faults, fault => Assert.EndsWith("the largest etp that works is 2", fault, StringComparison.Ordinal));
        Assert.Empty(Faults(model, folded with { Ep = 4, Etp = 2 }));
    }

    /// <summary>Engines pad shards of MXFP4; formats without blocks have none to break.</summary>
    [Fact]
    public void Formats_that_engines_pad_and_those_without_blocks_are_accepted()
    {
        ModelOutline model = TestPlans.Moe with { Moe = TestPlans.Moe.Moe! with { Ffn = 48 } };
        foreach (NumberFormat format in new[] { NumberFormat.MxFp4, NumberFormat.Fp8, NumberFormat.Bf16 })
            Assert.Empty(Faults(model with { Precision = Precision.Bf16 with { Experts = format } }, new() { Tp = 4 }));
        Assert.NotEmpty(Faults(model with { Precision = Precision.Bf16 with { Experts = NumberFormat.NvFp4 } }, new() { Tp = 4 }));
    }
}
