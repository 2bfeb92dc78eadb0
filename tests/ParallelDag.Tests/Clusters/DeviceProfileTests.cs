using ParallelDag.Precisions;

namespace ParallelDag.Tests.Clusters;

public class DeviceProfileTests
{
    [Theory]
    [InlineData("H100", "H100-SXM-80GB")]
    [InlineData("h100-pcie", "H100-PCIe-80GB")]
    [InlineData("H100-NVL", "H100-NVL-94GB")]
    [InlineData("H200", "H200-SXM-141GB")]
    [InlineData("H20", "H20-SXM-96GB")]
    [InlineData("A100-80GB", "A100-SXM-80GB")]
    [InlineData("A100-PCIe-40GB", "A100-PCIe-40GB")]
    [InlineData("B200", "B200-SXM-180GB")]
    [InlineData("GB200", "GB200-NVL72-186GB")]
    [InlineData("MI300X", "MI300X-OAM-192GB")]
    [InlineData("L40S", "L40S-PCIe-48GB")]
    [InlineData("RTX PRO 6000", "RTX-PRO-6000-96GB")]
    [InlineData("Ascend 910C", "Ascend-910C-128GB")]
    public void A_usual_name_finds_the_module(string name, string profile) => Assert.Equal(profile, DeviceProfile.Find(name)?.Name);

    [Theory]
    [InlineData("A100")]
    [InlineData("H")]
    [InlineData("")]
    [InlineData("H100-SXM-80")]
    [InlineData("V100")]
    public void A_name_of_none_or_of_several_finds_nothing(string name) => Assert.Null(DeviceProfile.Find(name));

    [Fact]
    public void Names_are_unique_and_find_themselves() =>
        Assert.All(DeviceProfile.BuiltIn, profile => Assert.Equal(profile, DeviceProfile.Find(profile.Name.ToLowerInvariant())));

    // Peaks of the dense rates: 16-bit, 8-bit, 4-bit. What a device lacks runs at the next wider rate.
    [Theory]
    [InlineData("A100-80GB", 312, 312, 312)]
    [InlineData("H100", 989, 1979, 1979)]
    [InlineData("H200", 989, 1979, 1979)]
    [InlineData("B200", 2250, 4500, 9000)]
    [InlineData("MI300X", 1307.4, 2614.9, 2614.9)]
    public void Peaks_are_those_of_the_data_sheets(string name, double bits16, double bits8, double bits4)
    {
        DeviceProfile profile = DeviceProfile.Find(name)!;
        Assert.Equal(
            [bits16 * 1e12, bits8 * 1e12, bits4 * 1e12],
            new[] { PeakRate.Bits16, PeakRate.Bits8, PeakRate.Bits4 }.Select(profile.PeakFlops));
    }

    /// <summary>Rates double with each halving of the width, and every device has memory, bandwidth and a link.</summary>
    [Fact]
    public void Every_profile_is_plausible() => Assert.All(DeviceProfile.BuiltIn, profile =>
    {
        Assert.InRange(profile.MemoryBytes, 40L << 30, 300L << 30);
        Assert.InRange(profile.Flops8 / profile.Flops, 0, 2.1);
        Assert.InRange(profile.Flops4 / Math.Max(1, profile.Flops8), 0, 3.01);
        Assert.InRange(profile.MemoryBandwidth, 0.8e12, 8e12);
        Assert.InRange(profile.LinkBandwidth, 32e9, 900e9);
    });
}
