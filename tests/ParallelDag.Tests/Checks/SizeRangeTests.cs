using ParallelDag.Checks;

namespace ParallelDag.Tests.Checks;

public class SizeRangeTests
{
    [Theory]
    [InlineData(9, false)]
    [InlineData(10, true)]
    [InlineData(12, true)]
    [InlineData(13, false)]
    public void Both_bounds_are_inside(int size, bool inside) => Assert.Equal(inside, new SizeRange(10, 12).Holds(size));

    /// <summary>Elements of 4 bits lie two to a byte, and an odd one has a byte of its own.</summary>
    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 1)]
    [InlineData(2, 1)]
    [InlineData(3, 2)]
    [InlineData(4, 2)]
    public void Parts_of_a_byte_count_whole(int elements, int bytes) =>
        Assert.Equal(SizeRange.Of(bytes), SizeRange.Of(elements).InBytes(4));

    [Fact]
    public void Bytes_reach_from_the_fewest_of_the_narrowest_to_the_most_of_the_widest() =>
        Assert.Equal(new SizeRange(2, 10), new SizeRange(3, 5).InBytes(4, 16));

    [Fact]
    public void One_size_is_told_alone_and_a_range_with_both_ends()
    {
        Assert.Equal("4096", SizeRange.Of(4096).ToString());
        Assert.Equal("1 to 4096", new SizeRange(1, 4096).ToString());
    }

    [Fact]
    public void A_range_is_exact_where_it_holds_one_size()
    {
        Assert.True(SizeRange.Of(7).IsExact);
        Assert.False(new SizeRange(7, 8).IsExact);
    }
}
