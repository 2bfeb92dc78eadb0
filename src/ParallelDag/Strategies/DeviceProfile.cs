namespace ParallelDag;

/// <summary>A GPU as its data sheet describes it.</summary>
/// <param name="Name">The profile's name, or <c>custom</c>.</param>
/// <param name="MemoryBytes">Memory in bytes.</param>
/// <param name="Flops">Dense 16-bit tensor operations a second.</param>
/// <param name="MemoryBandwidth">Memory bytes a second.</param>
public sealed record DeviceProfile(string Name, long MemoryBytes, double Flops, double MemoryBandwidth)
{
    private const long GiB = 1L << 30;

    /// <summary>
    /// The built-in profiles. Sources: NVIDIA A100, H100 and H200 Tensor Core GPU data sheets, NVIDIA HGX B200 data sheet, AMD Instinct MI300X data sheet;
    /// dense BF16 without sparsity. Data sheets count memory in binary gigabytes (an "80GB" GPU carries 80 GiB of HBM).
    /// </summary>
    public static IReadOnlyList<DeviceProfile> BuiltIn { get; } = (DeviceProfile[])
    [
        new("A100-SXM-40GB", 40 * GiB, 312e12, 1.555e12),
        new("A100-SXM-80GB", 80 * GiB, 312e12, 2.039e12),
        new("H100-SXM-80GB", 80 * GiB, 989e12, 3.35e12),
        new("H200-SXM-141GB", 141 * GiB, 989e12, 4.8e12),
        new("B200-SXM-180GB", 180 * GiB, 2250e12, 8e12),
        new("MI300X-OAM-192GB", 192 * GiB, 1307.4e12, 5.3e12),
    ];

    /// <summary>
    /// The built-in profile called <paramref name="name"/>, without regard to case; a unique beginning (<c>H100</c>) or a
    /// shortened name (<c>A100-80GB</c>) will do. Null when there is none or more than one.
    /// </summary>
    public static DeviceProfile? Find(string name)
    {
        DeviceProfile? found = null;
        foreach (DeviceProfile profile in BuiltIn)
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
