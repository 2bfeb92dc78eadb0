using System.Globalization;
using ParallelDag.Units;

namespace ParallelDag.Tests.Units;

public sealed class PlainNumberTests
{
    [Theory]
    [InlineData(450e9, "450000000000")]
    [InlineData(2e-6, "0.000002")]
    [InlineData(1.25e-7, "0.000000125")]
    [InlineData(1.5e21, "1500000000000000000000")]
    [InlineData(-2.5e-9, "-0.0000000025")]
    [InlineData(0.1, "0.1")]
    [InlineData(0, "0")]
    public void Has_no_exponent(double value, string text) => Assert.Equal(text, PlainNumber.Text(value));

    [Fact]
    public void Reads_back_to_the_same_value()
    {
        var random = new Random(3);
        for (int i = 0; i < 2000; i++)
        {
            double value = (random.NextDouble() - 0.5) * Math.Pow(10, random.Next(-30, 30));
            string text = PlainNumber.Text(value);
            Assert.DoesNotContain('E', text);
            Assert.Equal(value, double.Parse(text, CultureInfo.InvariantCulture));
        }
    }
}
