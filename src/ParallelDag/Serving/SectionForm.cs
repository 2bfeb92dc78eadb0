using ParallelDag.Durations;
using ParallelDag.Operators;

namespace ParallelDag.Serving;

/// <summary>
/// A section of a phase as a function of the batch: the program of one batch tells the numbers of every other, so a strategy at a batch is
/// priced in a microsecond, without a program or a graph of its own.
/// </summary>
internal sealed class SectionForm
{
    private readonly StepChain _chain;
    private readonly bool[] _readsCache;

    private SectionForm(OperatorProgram program, StepForm[] steps)
    {
        (Steps, _chain) = (steps, new StepChain(program));
        _readsCache = [.. program.Steps.Select(step => Graphs.Ops.Find(step.Op)?.Role == Graphs.OperatorRole.Core
            || program.Caches.Any(flow => ReferenceEquals(flow.Reader, step)))];
    }

    /// <summary>The steps, as the program has them.</summary>
    public StepForm[] Steps { get; }

    /// <summary>The section that a program of <paramref name="batch"/> sequences is an example of.</summary>
    public static SectionForm Of(OperatorProgram program, int batch, TimeModel model, SpannedGroups stage)
    {
        RoutedCounts? counts = RoutedCounts.Of(program, batch);
        var steps = new StepForm[program.Steps.Count];
        for (int step = 0; step < steps.Length; step++)
            steps[step] = StepForm.Of(program, program.Steps[step], batch, model, stage, counts);
        return new SectionForm(program, steps);
    }

    /// <summary>Picoseconds of a pass of a whole batch, as <see cref="SectionTimes"/> counts them.</summary>
    /// <param name="batch">Sequences of the pass, as many on each data-parallel rank.</param>
    public long Picoseconds(int batch)
    {
        Span<long> durations = stackalloc long[StepChain.MostOnStack];
        durations = Steps.Length <= durations.Length ? durations[..Steps.Length] : new long[Steps.Length];
        for (int step = 0; step < durations.Length; step++)
            durations[step] = Steps[step].Slowest(batch).Picoseconds;
        return _chain.Last<long>(durations);
    }

    /// <summary>Seconds of a pass.</summary>
    /// <param name="batch">Sequences of the pass.</param>
    public double Seconds(double batch)
    {
        Span<double> durations = stackalloc double[StepChain.MostOnStack];
        durations = Steps.Length <= durations.Length ? durations[..Steps.Length] : new double[Steps.Length];
        for (int step = 0; step < durations.Length; step++)
            durations[step] = Steps[step].Seconds(batch);
        return _chain.Last<double>(durations);
    }

    /// <summary>
    /// Seconds of a pass in which new tokens of running sequences and a chunk of a prompt ride together: both token sets in every matrix
    /// product and collective, and in the core of the mixer first the one, then the other.
    /// </summary>
    /// <param name="decoding">Sequences that get a token.</param>
    /// <param name="chunk">Prompt tokens.</param>
    /// <param name="prompts">The section of prefill, whose batch counts whole prompts.</param>
    /// <param name="share">The chunk as a share of a prompt; more than 1 where several ride.</param>
    public double MixedSeconds(double decoding, double chunk, SectionForm prompts, double share)
    {
        Span<double> durations = stackalloc double[StepChain.MostOnStack];
        durations = Steps.Length <= durations.Length ? durations[..Steps.Length] : new double[Steps.Length];
        for (int step = 0; step < durations.Length; step++)
        {
            bool core = _readsCache[step];
            durations[step] = Steps[step].Seconds(core ? decoding : decoding + chunk);
            if (core && prompts.Find(Steps[step].Op) is StepForm ofPrompt)
                durations[step] = (decoding > 0 ? durations[step] : 0) + ofPrompt.Seconds(share);
        }

        return _chain.Last<double>(durations);
    }

    private StepForm? Find(string op)
    {
        foreach (StepForm step in Steps)
        {
            if (step.Op == op)
                return step;
        }

        return null;
    }
}
