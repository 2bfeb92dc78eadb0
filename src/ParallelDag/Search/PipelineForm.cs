using ParallelDag.Durations;
using ParallelDag.Serving;

namespace ParallelDag.Search;

/// <summary>
/// An instance of a phase: so many stages of one division, each on the GPUs behind those of the stage before. Where a stage divides a
/// domain of fast links, or fills whole ones, all stages are alike.
/// </summary>
internal sealed class PipelineForm
{
    private readonly TimeModel _times;
    private readonly StageKind[] _stages;
    private readonly (GroupSpan Span, int Count)[] _sends;

    /// <summary>A pipeline.</summary>
    /// <param name="form">A stage of it.</param>
    /// <param name="stages">How many.</param>
    /// <param name="kinds">What each kind of its stages holds.</param>
    /// <param name="sends">What the messages between its stages span; of each how many.</param>
    /// <param name="times">The time model.</param>
    public PipelineForm(StageForm form, int stages, StageKind[] kinds, (GroupSpan Span, int Count)[] sends, TimeModel times)
    {
        (Form, Stages, _stages, _sends, _times) = (form, stages, kinds, sends, times);
        Strategy = form.Shape with { Pp = stages };
    }

    /// <summary>A stage of it.</summary>
    public StageForm Form { get; }

    /// <summary>How many.</summary>
    public int Stages { get; }

    /// <summary>The strategy, without a batch.</summary>
    public PhaseStrategy Strategy { get; }

    /// <summary>GPUs of the instance.</summary>
    public int Gpus => Form.Gpus * Stages;

    /// <summary>
    /// What the messages between so many stages of so many GPUs each span, from the first GPU of a stage to that of the next; of each how
    /// many.
    /// </summary>
    public static (GroupSpan Span, int Count)[] SendsOf(ClusterSpec cluster, int gpus, int stages)
    {
        var sends = new List<(GroupSpan Span, int Count)>();
        for (int stage = 1; stage < stages; stage++)
        {
            GroupSpan span = cluster.SpanOf([0, 1], [(stage - 1) * gpus, stage * gpus]);
            int same = sends.FindIndex(send => send.Span == span);
            if (same < 0)
                sends.Add((span, 1));
            else
                sends[same] = (span, sends[same].Count + 1);
        }

        return [.. sends];
    }

    /// <summary>What the fullest GPU holds of so many micro-batches.</summary>
    public GpuRoom Room(int microBatch, int microBatches) => Form.Memory.Fullest(_stages, microBatch, (long)microBatch * microBatches);

    /// <summary>The same beside prompts that pass in chunks: their cache, and at least so much that is alive meanwhile.</summary>
    public GpuRoom Room(int microBatch, int microBatches, int prompts, double leastActivations) =>
        Form.Memory.Fullest(_stages, microBatch, ((long)microBatch * microBatches) + prompts, leastActivations);

    /// <summary>What a pass of a micro-batch takes: through all stages, and in the slowest one or the slowest message.</summary>
    public (double Once, double Slowest) Pass(int microBatch) => Pass(Form.At(microBatch), microBatch);

    /// <summary>The same of given times of the sections, and so many sequences (or tokens) in a message.</summary>
    public (double Once, double Slowest) Pass(SectionSeconds seconds, double message)
    {
        (double entry, double receive, double[] kinds, double exit) = seconds;
        double once = 0, slowest = 0;
        foreach (StageKind stage in _stages)
        {
            double own = stage.IsFirst ? entry : receive;
            for (int kind = 0; kind < kinds.Length; kind++)
                own += stage.LayersOfKind[kind] * kinds[kind];
            if (stage.IsLast)
                own += exit;
            once += stage.Count * own;
            slowest = Math.Max(slowest, own);
        }

        foreach ((GroupSpan span, int count) in _sends)
        {
            double own = _times.Collective(CollectiveKind.SendRecv, span, Form.Message * message).Picoseconds * 1e-12;
            once += count * own;
            slowest = Math.Max(slowest, own);
        }

        return (once, slowest);
    }

    /// <summary>The operator that takes most of a pass, and its share.</summary>
    public (string Op, double Share) Bottleneck(int microBatch)
    {
        var sums = new Dictionary<string, double>();
        double all = 0;
        foreach ((StepForm step, NodeTime time, int kind) in Form.Steps(microBatch))
        {
            double seconds = time.Seconds * (kind < 0 ? 1 : _stages.Sum(stage => stage.Count * stage.LayersOfKind[kind]));
            sums[step.Op] = sums.GetValueOrDefault(step.Op) + seconds;
            all += seconds;
        }

        (string op, double most) = sums.OrderByDescending(entry => entry.Value).ThenBy(entry => entry.Key, StringComparer.Ordinal).First();
        return (op, most / all);
    }
}
