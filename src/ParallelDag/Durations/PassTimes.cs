namespace ParallelDag.Durations;

/// <summary>How long a pass takes in each stage of a phase, and between them.</summary>
/// <param name="Stages">Seconds of a micro-batch in each stage.</param>
/// <param name="Sends">Seconds of its message from each stage to the next.</param>
public sealed record PassTimes(IReadOnlyList<double> Stages, IReadOnlyList<double> Sends)
{
    /// <summary>From the first stage to the last.</summary>
    public double Once { get; } = Stages.Sum() + Sends.Sum();

    /// <summary>The slowest stage or message.</summary>
    public double Slowest { get; } = Math.Max(Stages.Max(), Sends.DefaultIfEmpty().Max());

    /// <summary>When the last of equal micro-batches leaves that enter at once: <c>sum + (m-1)*max</c> (flow shop).</summary>
    public double Makespan(int microBatches) => Once + ((microBatches - 1) * Slowest);

    /// <summary>
    /// How often each of as many micro-batches gets through when each enters again as soon as it has left: <c>max(sum, m*max)</c>.
    /// </summary>
    public double Interval(int microBatches) => Math.Max(Once, microBatches * Slowest);
}
