using ParallelDag.Durations;
using ParallelDag.Precisions;

namespace ParallelDag;

/// <summary>What the time model knows of a cluster: the numbers that <c>time</c> reckons with, each with its source and error.</summary>
/// <param name="Gpu">The kind of GPU.</param>
/// <param name="Table">Whose numbers it reads: its own, those of the nearest measured one, or a guess for any GPU.</param>
/// <param name="Kernels">The efficiencies in use, by the names that plans call them (<c>timing.efficiencies</c>).</param>
/// <param name="Lines">The lines of collectives; none where the links are taken as a plain ring at full rate.</param>
/// <param name="Timing">What the plan says, the network's numbers among it.</param>
public sealed record SpeedDescription(
    string Gpu,
    string Table,
    IReadOnlyList<KeyValuePair<string, KernelEfficiency>> Kernels,
    IReadOnlyList<CollectiveLine> Lines,
    TimingSpec Timing)
{
    internal static SpeedDescription Of(TimeModel model) => new(
        model.Cluster.Gpu.Name,
        model.Device.Name,
        [
            .. KernelNames.All.Where(row => row.Rate != PeakRate.Bits8 || model.Cluster.Gpu.Flops8 > 0)
                .Select(row => KeyValuePair.Create(row.Name, model.Device.Kernel(row.Kernel, row.Rate ?? PeakRate.Bits16))),
        ],
        model.Device.Lines,
        model.Overrides);
}
