namespace ParallelDag;

/// <summary>
/// GPUs that are sold, from their makers' data sheets. Data sheets count memory in binary gigabytes (an "80GB" GPU carries 80 GiB of HBM)
/// and give rates with sparsity; dense ones are half of those. Links are per GPU and direction: half of the bidirectional figure; a PCIe
/// card counts its PCIe link, because a bridge joins no more than a pair.
/// </summary>
internal static class DeviceCatalog
{
    private const long GiB = 1L << 30;

    public static IReadOnlyList<DeviceProfile> All { get; } = Array.AsReadOnly<DeviceProfile>(
    [
        // NVIDIA A100 Tensor Core GPU data sheet (2022): no 8-bit floating point.
        new("A100-SXM-40GB", 40 * GiB, 312e12, 1.555e12) { LinkBandwidth = 300e9 },
        new("A100-SXM-80GB", 80 * GiB, 312e12, 2.039e12) { LinkBandwidth = 300e9 },
        new("A100-PCIe-40GB", 40 * GiB, 312e12, 1.555e12) { LinkBandwidth = 32e9 },
        new("A100-PCIe-80GB", 80 * GiB, 312e12, 1.935e12) { LinkBandwidth = 32e9 },

        // NVIDIA H100 Tensor Core GPU data sheet (2024); the PCIe card: H100 PCIe product brief (2022).
        new("H100-SXM-80GB", 80 * GiB, 989e12, 3.35e12) { Flops8 = 1979e12, LinkBandwidth = 450e9 },
        new("H100-PCIe-80GB", 80 * GiB, 756e12, 2e12) { Flops8 = 1513e12, LinkBandwidth = 64e9 },
        new("H100-NVL-94GB", 94 * GiB, 835e12, 3.9e12) { Flops8 = 1671e12, LinkBandwidth = 64e9 },

        // NVIDIA H800 data sheet: an H100 with 400 GB/s of NVLink. NVIDIA H20 data sheet.
        new("H800-SXM-80GB", 80 * GiB, 989e12, 3.35e12) { Flops8 = 1979e12, LinkBandwidth = 200e9 },
        new("H20-SXM-96GB", 96 * GiB, 148e12, 4e12) { Flops8 = 296e12, LinkBandwidth = 450e9 },

        // NVIDIA H200 Tensor Core GPU data sheet (2024); bridges join four H200 NVL.
        new("H200-SXM-141GB", 141 * GiB, 989e12, 4.8e12) { Flops8 = 1979e12, LinkBandwidth = 450e9 },
        new("H200-NVL-141GB", 141 * GiB, 835e12, 4.8e12) { Flops8 = 1671e12, LinkBandwidth = 450e9 },

        // NVIDIA HGX B200 and B300 data sheets; 288 GB of a Blackwell Ultra are decimal ones.
        new("B200-SXM-180GB", 180 * GiB, 2250e12, 8e12) { Flops8 = 4500e12, Flops4 = 9000e12, LinkBandwidth = 900e9 },
        new("B300-SXM-288GB", 288_000_000_000, 2250e12, 8e12) { Flops8 = 4500e12, Flops4 = 13_500e12, LinkBandwidth = 900e9 },

        // NVIDIA GB200 NVL72 and GB300 NVL72 data sheets, a 72nd of each.
        new("GB200-NVL72-186GB", 186 * GiB, 2500e12, 8e12) { Flops8 = 5000e12, Flops4 = 10_000e12, LinkBandwidth = 900e9 },
        new("GB300-NVL72-288GB", 288_000_000_000, 2500e12, 8e12) { Flops8 = 5000e12, Flops4 = 15_000e12, LinkBandwidth = 900e9 },

        // NVIDIA L40S data sheet; RTX PRO 6000 Blackwell: NVIDIA RTX Blackwell PRO architecture white paper, workstation edition.
        new("L40S-PCIe-48GB", 48 * GiB, 362.05e12, 0.864e12) { Flops8 = 733e12, LinkBandwidth = 32e9 },
        new("RTX-PRO-6000-96GB", 96 * GiB, 503.8e12, 1.792e12) { Flops8 = 1007.6e12, Flops4 = 2015.2e12, LinkBandwidth = 64e9 },

        // AMD Instinct MI300X, MI325X and MI355X data sheets; seven Infinity Fabric links each.
        new("MI300X-OAM-192GB", 192 * GiB, 1307.4e12, 5.3e12) { Flops8 = 2614.9e12, LinkBandwidth = 448e9 },
        new("MI325X-OAM-256GB", 256 * GiB, 1307.4e12, 6e12) { Flops8 = 2614.9e12, LinkBandwidth = 448e9 },
        new("MI355X-OAM-288GB", 288 * GiB, 2516.6e12, 8e12) { Flops8 = 5033.2e12, Flops4 = 10_066.3e12, LinkBandwidth = 537.6e9 },

        // "Serving Large Language Models on Huawei CloudMatrix384" (arXiv 2506.12708), table of the two-die package; 8-bit integers.
        new("Ascend-910C-128GB", 128 * GiB, 752e12, 3.2e12) { Flops8 = 1504e12, LinkBandwidth = 392e9 },
    ]);

    public static DeviceProfile? Find(string name)
    {
        name = name.Trim().Replace(' ', '-');
        var begin = new List<DeviceProfile>();
        foreach (DeviceProfile profile in All)
        {
            if (name.Equals(profile.Name, StringComparison.OrdinalIgnoreCase)
                || name.Equals(Shortened(profile), StringComparison.OrdinalIgnoreCase))
                return profile;
            if (name.Length >= 3 && profile.Name.StartsWith(name + "-", StringComparison.OrdinalIgnoreCase))
                begin.Add(profile);
        }

        // A usual short name means the module, not the card.
        if (begin.Count > 1)
            begin.RemoveAll(profile => Shortened(profile) == profile.Name);
        return begin.Count == 1 ? begin[0] : null;
    }

    private static string Shortened(DeviceProfile profile) =>
        profile.Name.Replace("-SXM", "", StringComparison.Ordinal).Replace("-OAM", "", StringComparison.Ordinal);
}
