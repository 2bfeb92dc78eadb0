using ParallelDag.Collections;
using ParallelDag.Precisions;

namespace ParallelDag;

/// <summary>A GPU as its data sheet describes it. Peak rates are dense, without sparsity.</summary>
/// <param name="Name">The profile's name, or <c>custom</c>.</param>
/// <param name="MemoryBytes">Memory in bytes.</param>
/// <param name="Flops">16-bit tensor operations a second.</param>
/// <param name="MemoryBandwidth">Memory bytes a second.</param>
public sealed record DeviceProfile(string Name, long MemoryBytes, double Flops, double MemoryBandwidth)
{
    /// <summary>8-bit floating-point tensor operations a second; 0 for a device without them, which computes in 16 bits.</summary>
    public double Flops8 { get; init; }

    /// <summary>
    /// 4-bit floating-point tensor operations a second; 0 for a device without them, which computes in the next wider format that it has.
    /// </summary>
    public double Flops4 { get; init; }

    /// <summary>Bytes a second of the fast links (NVLink, Infinity Fabric), per GPU and direction; 0: as the cluster says.</summary>
    public double LinkBandwidth { get; init; }

    /// <summary>The built-in profiles.</summary>
    public static IReadOnlyList<DeviceProfile> BuiltIn => DeviceCatalog.All.Select(profile => profile with { }).ToValueList();

    /// <summary>
    /// The built-in profile called <paramref name="name"/>, without regard to case; a unique beginning (<c>H100-SXM</c>), a shortened name
    /// (<c>A100-80GB</c>) or a usual one (<c>H100</c>) will do. Null when there is none or more than one.
    /// </summary>
    public static DeviceProfile? Find(string name) => DeviceCatalog.Find(name) is DeviceProfile profile ? profile with { } : null;

    /// <summary>The built-in profile that an option of a command names, as <see cref="Find"/> reads it.</summary>
    /// <exception cref="InputException">There is none; the message names those that there are.</exception>
    public static DeviceProfile Get(string name, string option) => Find(name) ?? throw new InputException($"{option}: {MissingText(name)}");

    /// <summary>Says that there is no such profile, and which there are.</summary>
    internal static string MissingText(string name) =>
        $"there is no device profile '{name}'; known are {string.Join(", ", BuiltIn.Select(known => known.Name))}";

    /// <summary>
    /// Operations a second at a rate; a rate that the device lacks falls back to the next wider one. 32-bit operations run at half the
    /// 16-bit rate (TF32).
    /// </summary>
    public double PeakFlops(PeakRate rate) => rate switch
    {
        PeakRate.Bits4 when Flops4 > 0 => Flops4,
        PeakRate.Bits4 or PeakRate.Bits8 when Flops8 > 0 => Flops8,
        PeakRate.Bits32 => Flops / 2,
        _ => Flops,
    };

    /// <summary>The name.</summary>
    public override string ToString() => Name;
}
