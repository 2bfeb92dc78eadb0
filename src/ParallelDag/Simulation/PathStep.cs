using ParallelDag.Simulation;

namespace ParallelDag;

/// <summary>A node on a critical path, with when it ran.</summary>
/// <param name="Node">The node.</param>
/// <param name="StartPicoseconds">When it began.</param>
/// <param name="Picoseconds">How long it took.</param>
/// <param name="AfterStream">
/// True when it began as soon as a stream was free; false when it began as soon as a predecessor had ended, or at 0.
/// </param>
public sealed record PathStep(DagNode Node, long StartPicoseconds, long Picoseconds, bool AfterStream)
{
    /// <summary>When it began, in seconds.</summary>
    public double Start => Simulation.Picoseconds.ToSeconds(StartPicoseconds);

    /// <summary>How long it took, in seconds.</summary>
    public double Seconds => Simulation.Picoseconds.ToSeconds(Picoseconds);

    /// <summary>The node's id.</summary>
    public override string ToString() => Node.Id;
}
