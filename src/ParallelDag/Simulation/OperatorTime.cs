namespace ParallelDag;

/// <summary>What the nodes of one operator take together.</summary>
/// <param name="Op">The operator; where a file does not tell, the node's name.</param>
/// <param name="Count">How many nodes.</param>
/// <param name="Picoseconds">Their durations together.</param>
public sealed record OperatorTime(string Op, int Count, long Picoseconds)
{
    /// <summary>Their durations together, in seconds.</summary>
    public double Seconds => Simulation.Picoseconds.ToSeconds(Picoseconds);

    /// <summary><c>dispatch x16: 2.14 ms</c>.</summary>
    public override string ToString() => Wording.Words.Invariant($"{Op} x{Count}: {Seconds * 1e3:0.###} ms");
}
