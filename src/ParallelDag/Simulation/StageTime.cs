namespace ParallelDag;

/// <summary>
/// How long a micro-batch takes through a stage: the longest chain of its nodes there, without the send to the next stage.
/// </summary>
/// <param name="Phase">The phase; null when a file does not tell.</param>
/// <param name="Index">The stage.</param>
/// <param name="Picoseconds">The time; of several micro-batches that of the longest.</param>
public sealed record StageTime(PhaseId? Phase, int Index, long Picoseconds)
{
    /// <summary>The time in seconds.</summary>
    public double Seconds => Simulation.Picoseconds.ToSeconds(Picoseconds);

    /// <summary><c>prefill stage 1: 2.33 ms</c>.</summary>
    public override string ToString() => Wording.Words.Invariant(
        $"{(Phase is PhaseId phase ? phase.ToName() + " " : "")}stage {Index}: {Seconds * 1e3:0.###} ms");
}
