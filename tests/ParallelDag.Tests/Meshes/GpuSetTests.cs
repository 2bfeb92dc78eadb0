namespace ParallelDag.Tests.Meshes;

public class GpuSetTests
{
    [Theory]
    [InlineData(new[] { 0, 1, 2, 3 }, "0-3")]
    [InlineData(new[] { 5, 4, 1, 0, 4 }, "0-1,4-5")]
    [InlineData(new[] { 7 }, "7")]
    [InlineData(new int[0], "")]
    public void Prints_the_shortest_list_of_ranges(int[] gpus, string text) => Assert.Equal(text, GpuSet.FromGpus(gpus).ToString());

    [Theory]
    [InlineData("3-1")]
    [InlineData("a")]
    [InlineData("1,,2")]
    [InlineData("1-2-3")]
    [InlineData("-1")]
    [InlineData("99999999999")]
    public void Refuses_what_is_no_list_of_ranges(string text) => Assert.False(GpuSet.TryParse(text, out _));

    [Fact]
    public void Agrees_with_sets_of_integers()
    {
        for (int seed = 0; seed < 300; seed++)
        {
            var random = new Random(seed);
            HashSet<int> left = Draw(random), right = Draw(random);
            GpuSet a = GpuSet.FromGpus(left), b = GpuSet.FromGpus(right);
            Assert.Equal(left.Count, a.Count);
            Assert.Equal(left.Order(), a.ToArray());
            Assert.Equal(left.Union(right).Order(), a.Union(b).ToArray());
            Assert.Equal(left.Intersect(right).Order(), a.Intersect(b).ToArray());
            Assert.Equal(left.Except(right).Order(), a.Except(b).ToArray());
            Assert.Equal(left.IsSupersetOf(right), a.ContainsAll(b));
            Assert.Equal(left.Overlaps(right), a.Overlaps(b));
            Assert.All(Enumerable.Range(0, 40), gpu => Assert.Equal(left.Contains(gpu), a.Contains(gpu)));
            Assert.Equal(a, GpuSet.Parse(a.ToString()));
            Assert.Equal(a.GetHashCode(), GpuSet.Parse(a.ToString()).GetHashCode());
        }

        static HashSet<int> Draw(Random random) => [.. Enumerable.Range(0, random.Next(0, 25)).Select(_ => random.Next(40))];
    }
}
