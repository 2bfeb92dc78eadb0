using ParallelDag.Graphs;
using ParallelDag.Precisions;

namespace ParallelDag.Durations;

/// <summary>A class of kernels before and after calibration.</summary>
/// <param name="Name">The row, as plans call it.</param>
/// <param name="Count">Measured operators.</param>
/// <param name="Fitted">The numbers found.</param>
/// <param name="ErrorBefore">Mean absolute relative error with the numbers in use before.</param>
/// <param name="ErrorAfter">The same with the numbers found.</param>
public sealed record CalibratedKernel(string Name, int Count, EfficiencyOverride Fitted, double ErrorBefore, double ErrorAfter)
{
    /// <summary><c>gemm: 24 operators, off by 18 % before and 6 % after</c>.</summary>
    public override string ToString() => Wording.Words.Invariant(
        $"{Name}: {Wording.Words.Count(Count, "operator")}, off by {ErrorBefore * 100:0.#} % before and {ErrorAfter * 100:0.#} % after");
}

/// <summary>
/// Efficiencies fitted to measured operators: for each class the ec, em and t0 with the least mean absolute relative error, by coordinate
/// descent from the numbers in use: each in turn takes the best of a range of factors around it, the range halves when none helps.
/// Deterministic. Half is left as it is, because few measurements tell it apart from ec.
/// </summary>
public static class Calibration
{
    private const double FirstStep = 0.5, LastStep = 1e-4;

    /// <summary>The fit of every class that was measured.</summary>
    public static IReadOnlyList<CalibratedKernel> Fit(TimeModel model, IReadOnlyList<MeasuredOperator> measured) =>
    [
        .. measured.GroupBy(row => KernelNames.Of(row.Kernel, row.Rate)).OrderBy(group => group.Key, StringComparer.Ordinal)
            .Select(group => Fit(model, group.Key, [.. group])),
    ];

    /// <summary>A plan's timing with what was found in it.</summary>
    public static TimingSpec Apply(TimingSpec timing, IReadOnlyList<CalibratedKernel> fitted)
    {
        EfficiencyOverride[] found = [.. fitted.Select(row => row.Fitted)];
        return timing with
        {
            Efficiencies = [.. found, .. timing.Efficiencies.Where(row => !found.Any(other => (other.Kernel, other.Rate) == (row.Kernel,
                row.Rate)))],
        };
    }

    private static CalibratedKernel Fit(TimeModel model, string name, MeasuredOperator[] rows)
    {
        PeakRate? rate = KernelNames.All.First(row => row.Name == name).Rate;
        KernelEfficiency start = model.Device.Kernel(rows[0].Kernel, rows[0].Rate);
        double[] best = [start.Compute, start.Memory, start.Latency];
        double before = Error(model, start, rows, best), error = before;
        for (double step = FirstStep; step > LastStep;)
        {
            bool better = false;
            for (int i = 0; i < best.Length; i++)
            {
                foreach (double factor in new[] { 1 / (1 + step), 1 + step })
                {
                    double[] tried = [.. best];
                    tried[i] = i == 2 ? best[i] * factor : Math.Min(1, best[i] * factor);
                    double own = Error(model, start, rows, tried);
                    if (own < error * (1 - 1e-12))
                        (best, error, better) = (tried, own, true);
                }
            }

            if (!better)
                step /= 2;
        }

        var fitted = new EfficiencyOverride(rows[0].Kernel, rate) { Compute = best[0], Memory = best[1], Latency = best[2] };
        return new CalibratedKernel(name, rows.Length, fitted, before, error);
    }

    private static double Error(TimeModel model, KernelEfficiency start, MeasuredOperator[] rows, double[] numbers)
    {
        double sum = 0;
        foreach (MeasuredOperator row in rows)
        {
            double peak = model.Cluster.Gpu.PeakFlops(row.Rate) * numbers[0];
            double compute = row.Kernel == KernelClass.Elementwise ? 0 : row.Flops / peak;
            if (start.Half > 0 && row.Extent > 0)
                compute *= (row.Extent + start.Half) / row.Extent;
            double seconds = Math.Max(compute, row.Bytes / (model.Cluster.Gpu.MemoryBandwidth * numbers[1])) + numbers[2];
            sum += Math.Abs((seconds / row.Seconds) - 1);
        }

        return sum / rows.Length;
    }
}
