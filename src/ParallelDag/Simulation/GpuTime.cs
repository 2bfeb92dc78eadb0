namespace ParallelDag;

/// <summary>
/// How a GPU spends the time of a run: computing; communicating with nothing computed meanwhile; waiting. The three sum to the makespan
/// exactly, in picoseconds.
/// </summary>
/// <param name="Gpus">The GPU, or those that do the same at the same times.</param>
/// <param name="ComputePicoseconds">While its compute stream runs something.</param>
/// <param name="ExposedPicoseconds">While it communicates and computes nothing.</param>
/// <param name="IdlePicoseconds">While it does neither.</param>
public sealed record GpuTime(GpuSet Gpus, long ComputePicoseconds, long ExposedPicoseconds, long IdlePicoseconds)
{
    /// <summary>Seconds of computation.</summary>
    public double Compute => Simulation.Picoseconds.ToSeconds(ComputePicoseconds);

    /// <summary>Seconds of communication that no computation hides.</summary>
    public double ExposedCommunication => Simulation.Picoseconds.ToSeconds(ExposedPicoseconds);

    /// <summary>Seconds of waiting.</summary>
    public double Idle => Simulation.Picoseconds.ToSeconds(IdlePicoseconds);

    /// <summary><c>GPUs 0-3: compute 1.2 ms</c> and so on, in seconds.</summary>
    public override string ToString() => Wording.Words.Invariant(
        $"GPUs {Gpus}: compute {Ms(Compute)}, exposed communication {Ms(ExposedCommunication)}, idle {Ms(Idle)}");

    private static string Ms(double seconds) => Wording.Words.Invariant($"{seconds * 1e3:0.###} ms");
}
