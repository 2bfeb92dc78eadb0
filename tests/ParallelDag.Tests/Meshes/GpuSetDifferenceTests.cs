namespace ParallelDag.Tests.Meshes;

public class GpuSetDifferenceTests
{
    [Fact]
    public void Except_agrees_with_a_set_of_numbers()
    {
        var random = new Random(7);
        for (int round = 0; round < 2000; round++)
        {
            GpuSet left = Some(random), right = Some(random);
            GpuSet expected = GpuSet.FromGpus(left.AsEnumerable().Except(right.AsEnumerable()));
            Assert.Equal(expected, left.Except(right));
            Assert.Equal(expected.Count, left.Except(right).Count);
        }
    }

    [Fact]
    public void Except_takes_as_long_as_there_are_ranges_whatever_they_hold() =>
        Assert.Equal("0-6,9-2000000000", GpuSet.Range(0, 2_000_000_000).Except(GpuSet.Range(7, 8)).ToString());

    private static GpuSet Some(Random random) =>
        GpuSet.FromGpus(Enumerable.Range(0, 24).Where(_ => random.Next(5) < 2 + random.Next(2)).ToArray());
}
