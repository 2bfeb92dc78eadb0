using ParallelDag.Accounting;

namespace ParallelDag.Tests.Accounting;

public class PipelineBubbleTests
{
    // Narayanan et al., SC 2021, section 2.2.
    [Theory]
    [InlineData(4, 8, 1, 0.375)]
    [InlineData(4, 8, 2, 0.1875)]
    [InlineData(8, 64, 1, 0.109375)]
    [InlineData(1, 1, 1, 0)]
    public void Is_stages_less_one_over_micro_batches(int stages, int microBatches, int virtualStages, double fraction) =>
        Assert.Equal(fraction, PipelineBubble.Fraction(stages, microBatches, virtualStages));
}
