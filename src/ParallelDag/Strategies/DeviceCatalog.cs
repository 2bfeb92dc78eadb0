namespace ParallelDag;

/// <summary>
/// GPUs that are sold, from their makers' data sheets. Data sheets count memory in binary gigabytes (an "80GB" GPU carries 80 GiB of HBM)
/// and give rates with
/// sparsity; dense ones are half of those. Links are per GPU and direction: half of the bidirectional figure.
/// </summary>
internal static class DeviceCatalog
{
    private const long GiB = 1L << 30;

    public static IReadOnlyList<DeviceProfile> All { get; } = Array.AsReadOnly<DeviceProfile>(
    [
        // NVIDIA A100 Tensor Core GPU data sheet (2022): no 8-bit floating point.
        new("A100-SXM-40GB", 40 * GiB, 312e12, 1.555e12) { LinkBandwidth = 300e9 },
        new("A100-SXM-80GB", 80 * GiB, 312e12, 2.039e12) { LinkBandwidth = 300e9 },

        // NVIDIA H100 Tensor Core GPU data sheet (2024).
        new("H100-SXM-80GB", 80 * GiB, 989e12, 3.35e12) { Flops8 = 1979e12, LinkBandwidth = 450e9 },
        new("H200-SXM-141GB", 141 * GiB, 989e12, 4.8e12) { Flops8 = 1979e12, LinkBandwidth = 450e9 },

        // NVIDIA HGX B200 data sheet.
        new("B200-SXM-180GB", 180 * GiB, 2250e12, 8e12) { Flops8 = 4500e12, Flops4 = 9000e12, LinkBandwidth = 900e9 },

        // AMD Instinct MI300X data sheet.
        new("MI300X-OAM-192GB", 192 * GiB, 1307.4e12, 5.3e12) { Flops8 = 2614.9e12, LinkBandwidth = 448e9 },
    ]);

    public static DeviceProfile? Find(string name)
    {
        DeviceProfile? found = null;
        foreach (DeviceProfile profile in All)
        {
            string shortened = profile.Name.Replace("-SXM", "", StringComparison.Ordinal).Replace("-OAM", "", StringComparison.Ordinal);
            if (profile.Name.Equals(name, StringComparison.OrdinalIgnoreCase) || shortened.Equals(name, StringComparison.OrdinalIgnoreCase))
                return profile;
            if (name.Length >= 4 && profile.Name.StartsWith(name + "-", StringComparison.OrdinalIgnoreCase))
            {
                if (found is not null)
                    return null;
                found = profile;
            }
        }

        return found;
    }
}
