using ParallelDag.Durations;
using ParallelDag.Operators;
using ParallelDag.Plans;
using ParallelDag.Serving;

namespace ParallelDag.Search;

/// <summary>
/// A stage of a phase as a function of the batch, whatever number of stages there is: what its sections take and hold. Made of the
/// programs of one batch, once for every division of a stage (tp, sp, ep, dp); pipelines of any length are sums of it. What a batch
/// takes is kept. Not for several threads at once.
/// </summary>
internal sealed class StageForm
{
    private readonly SectionForm _entry;
    private readonly SectionForm _exit;
    private readonly SectionForm? _receive;
    private Dictionary<int, SectionSeconds> _known = [];

    private StageForm(SearchProblem problem, TimeModel times, PhaseKind phase, PhaseStrategy shape)
    {
        (Shape, Phase) = (shape, phase);
        Gpus = (int)shape.WorldSize;
        Unit = shape.DataParts * (phase == PhaseKind.Decode && shape.AttentionOutput == AttentionOutput.ReduceScatter ? shape.Tp : 1);
        ModelSpec model = problem.Model;
        WorkloadSpec workload = problem.Workload;
        WorkloadSpec mean = phase == PhaseKind.Decode ? workload with { OutputLength = workload.OutputLength / 2 } : workload;
        int batch = Unit * EvenRouting.Of(model, workload, phase, shape);
        PhaseSections sections = new(model, mean, phase, shape, batch);
        var groups = new SpannedGroups(times.Cluster, [.. Enumerable.Range(0, Gpus)]);
        _entry = Form(sections.Entry);
        _exit = Form(sections.Exit);
        Kinds = [.. sections.Kinds.Select(Form)];
        _receive = sections.Receive is null ? null : Form(sections.Receive);
        Message = sections.Context.LargestMessage / (double)batch;
        PhaseContext whole = new PhaseContext(model.Hidden, model.Precision, workload, phase, shape, batch).OfPrompt();
        Memory = StageMemory.Of(model, sections, whole);

        SectionForm Form(OperatorProgram program) => SectionForm.Of(program, batch, times, groups);
    }

    /// <summary>The division of a stage: a strategy of one stage.</summary>
    public PhaseStrategy Shape { get; }

    /// <summary>Prefill or decode.</summary>
    public PhaseKind Phase { get; }

    /// <summary>GPUs of a stage.</summary>
    public int Gpus { get; }

    /// <summary>The fewest sequences that give every GPU as many.</summary>
    public int Unit { get; }

    /// <summary>The batches that are tried, in units.</summary>
    public int[] Ladder => Unit == 1 ? BatchLadder.Fine : BatchLadder.Shared;

    /// <summary>What it holds.</summary>
    public StageMemory Memory { get; }

    /// <summary>The sections of its kinds of layers.</summary>
    public SectionForm[] Kinds { get; }

    /// <summary>Bytes of a sequence that a rank sends to the next stage.</summary>
    public double Message { get; }

    /// <summary>The form of a division.</summary>
    public static StageForm Of(SearchProblem problem, TimeModel times, PhaseKind phase, PhaseStrategy shape) =>
        new(problem, times, phase, shape);

    /// <summary>What the sections take of a batch, as the plan's own graph has it.</summary>
    public SectionSeconds At(int batch)
    {
        if (_known.TryGetValue(batch, out SectionSeconds? seconds))
            return seconds;
        double[] kinds = new double[Kinds.Length];
        for (int kind = 0; kind < kinds.Length; kind++)
            kinds[kind] = Seconds(Kinds[kind]);
        seconds = new SectionSeconds(Seconds(_entry), _receive is null ? 0 : Seconds(_receive), kinds, Seconds(_exit));
        _known.Add(batch, seconds);
        return seconds;

        double Seconds(SectionForm form) => form.Picoseconds(batch) * 1e-12;
    }

    /// <summary>Lets go of what batches take, once a division is priced; asked again, it is counted again.</summary>
    public void Forget() => _known = [];

    /// <summary>The same as continuous batching counts it: fractions of sequences, tokens spread evenly over experts.</summary>
    public SectionSeconds Even(double batch)
    {
        double[] kinds = new double[Kinds.Length];
        for (int kind = 0; kind < kinds.Length; kind++)
            kinds[kind] = Kinds[kind].Seconds(batch);
        return new SectionSeconds(_entry.Seconds(batch), _receive?.Seconds(batch) ?? 0, kinds, _exit.Seconds(batch));
    }

    /// <summary>What the sections take of sequences that get a token each while a chunk of prompts rides along.</summary>
    /// <param name="decoding">Sequences.</param>
    /// <param name="chunk">Prompt tokens.</param>
    /// <param name="prompts">Prefill on the same ranks.</param>
    /// <param name="share">The chunk as a share of a prompt.</param>
    public SectionSeconds Mixed(double decoding, double chunk, StageForm prompts, double share)
    {
        double[] kinds = new double[Kinds.Length];
        for (int kind = 0; kind < kinds.Length; kind++)
            kinds[kind] = Kinds[kind].MixedSeconds(decoding, chunk, prompts.Kinds[kind], share);
        return new SectionSeconds(_entry.Seconds(decoding + chunk), _receive?.Seconds(decoding + chunk) ?? 0, kinds,
            _exit.Seconds(decoding + share));
    }

    /// <summary>The steps of a pass with their times: each section's, and how many layers are of it.</summary>
    public IEnumerable<(StepForm Step, NodeTime Time, int Kind)> Steps(int batch)
    {
        foreach ((SectionForm section, int kind) in Kinds.Select((section, kind) => (section, kind)).Append((_entry, -1))
            .Append((_exit, -1)))
        {
            foreach (StepForm step in section.Steps)
                yield return (step, step.Slowest(batch), kind);
        }
    }
}

/// <summary>What the sections of a stage take, in seconds.</summary>
/// <param name="Entry">From token ids to the stream.</param>
/// <param name="Receive">From a message to the stream.</param>
/// <param name="Kinds">A layer of each kind.</param>
/// <param name="Exit">From the stream to tokens.</param>
internal sealed record SectionSeconds(double Entry, double Receive, double[] Kinds, double Exit);
