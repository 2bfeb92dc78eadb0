using ParallelDag.Collectives;
using ParallelDag.Durations;
using ParallelDag.Layers;
using ParallelDag.Meshes;
using ParallelDag.Operators;
using ParallelDag.Plans;
using ParallelDag.Strategies;
using ParallelDag.Tensors;

namespace ParallelDag.Serving;

/// <summary>
/// A phase of a strategy as a function of the batch: what a pass of any number of sequences takes in each stage, without a graph. Made of
/// the programs of two batches; then a batch is priced in some microseconds. Immutable, safe to share between threads.
/// </summary>
public sealed class PhaseForm
{
    private readonly ModelSpec _model;
    private readonly Section[] _stages;
    private readonly Affine _message;
    private readonly GroupSpan[] _sends;
    private readonly TimeModel _times;
    private readonly RandomRouting? _routing;

    private PhaseForm(ModelSpec model, PhaseLayout layout, WorkloadSpec workload, TimeModel times, PhaseKind phase)
    {
        (_model, _times, Layout) = (model, times, layout);
        int batch = FittedBatch(model, workload, layout.Strategy, phase);
        PhaseSections first = new(model, workload, phase, layout.Strategy, batch), second = new(model, workload, phase, layout.Strategy,
            2 * batch);
        Sections = first;
        _stages = new Section[layout.Stages.Count];
        for (int stage = 0; stage < _stages.Length; stage++)
        {
            bool alike = stage > 0 && Alike(times.Cluster, layout.StageGpus[0], layout.StageGpus[stage]);
            _stages[stage] = Section.Of(layout.Stages[stage], model, (batch, first), (2 * batch, second), times, layout.StageGpus[stage],
                alike ? _stages[0] : null);
        }

        ITensor message = first.Context.Message, larger = second.Context.Message;
        _message = Affine.Through((batch, Largest(message, first.Context.Mesh.Size)), (2 * batch, Largest(larger,
            first.Context.Mesh.Size)));
        _sends = [.. Enumerable.Range(0, _stages.Length - 1).Select(stage => WidestSend(layout.StageGpus[stage],
            layout.StageGpus[stage + 1]))];
        _routing = model.Experts is MoeFeedForward moe ? new RandomRouting(moe.ExpertCount, moe.TopK) : null;
    }

    /// <summary>Where the phase runs.</summary>
    public PhaseLayout Layout { get; }

    /// <summary>The programs of a batch at which all shards are even.</summary>
    internal PhaseSections Sections { get; }

    /// <summary>What its operators are declared against.</summary>
    internal PhaseContext Context => Sections.Context;

    /// <summary>The form of a phase.</summary>
    /// <param name="model">The model.</param>
    /// <param name="layout">Strategy, stages and GPUs.</param>
    /// <param name="workload">Lengths of prompts and outputs; decode attends to both together.</param>
    /// <param name="times">The time model.</param>
    /// <param name="phase">Prefill or decode, which may be another than the layout's: a chunk of a prompt on the ranks of decode.</param>
    public static PhaseForm Of(ModelSpec model, PhaseLayout layout, WorkloadSpec workload, TimeModel times, PhaseKind phase) =>
        new(model, layout, workload, times, phase);

    /// <summary>What a pass of <paramref name="batch"/> sequences takes.</summary>
    /// <param name="batch">Sequences of the micro-batch; a fraction is a share of a prompt.</param>
    /// <param name="randomRouting">True for the expected number of experts that random routing meets, false for the even spread of the
    /// DAG.</param>
    public PassTimes At(double batch, bool randomRouting = false)
    {
        RandomRouting? routing = randomRouting ? _routing : null;
        return new PassTimes([.. _stages.Select(stage => stage.Sum(form => form.Seconds(batch, routing), _model))], SendSeconds(batch));
    }

    /// <summary>What a pass takes in which sequences get a token each while prompt tokens ride along.</summary>
    /// <param name="decoding">Sequences that get a token.</param>
    /// <param name="chunk">Prompt tokens.</param>
    /// <param name="prompts">Prefill on the same ranks.</param>
    /// <param name="randomRouting">True for the expected number of experts that random routing meets.</param>
    public PassTimes Mixed(double decoding, double chunk, PhaseForm prompts, bool randomRouting = false)
    {
        RandomRouting? routing = randomRouting ? _routing : null;
        double share = chunk / prompts.Context.PromptLength;
        double[] stages = new double[_stages.Length];
        for (int stage = 0; stage < stages.Length; stage++)
        {
            Section own = _stages[stage], other = prompts._stages[stage];
            stages[stage] = (own.Entry?.Seconds(decoding + chunk, routing) ?? 0) + (own.Exit?.Seconds(decoding + share, routing) ?? 0);
            for (int kind = 0; kind < own.Kinds.Length; kind++)
            {
                if (own.LayersOfKind[kind] > 0)
                    stages[stage] += own.LayersOfKind[kind] * own.Kinds[kind]!.MixedSeconds(decoding, chunk, other.Kinds[kind]!, share,
                        routing);
            }
        }

        return new PassTimes(stages, SendSeconds(decoding + chunk));
    }

    /// <summary>
    /// The fewest sequences that both batches of the fit are multiples of: even shards, and whole tokens for every expert.
    /// </summary>
    private static int FittedBatch(ModelSpec model, WorkloadSpec workload, PhaseStrategy strategy, PhaseKind phase)
    {
        int unit = strategy.Replicas * strategy.Dp * (strategy.ExpertParallel == ExpertParallelMode.Dedicated ? strategy.Ep : 1);
        if (phase == PhaseKind.Decode && strategy.AttentionOutput == AttentionOutput.ReduceScatter)
            unit *= strategy.Tp;
        if (model.Experts is not MoeFeedForward moe)
            return unit;
        long slots = phase == PhaseKind.Prefill ? (long)workload.PromptLength * moe.TopK : moe.TopK;
        return unit * (int)(moe.ExpertCount / Gcd(moe.ExpertCount, slots));
    }

    private static long Gcd(long left, long right) => right == 0 ? left : Gcd(right, left % right);

    private static double Largest(ITensor tensor, int ranks) => Enumerable.Range(0, ranks).Max(tensor.LocalBytes);

    /// <summary>True when a stage's GPUs are those of another, a whole number of domains and nodes further.</summary>
    private static bool Alike(ClusterSpec cluster, int[] first, int[] other)
    {
        int shift = other[0] - first[0];
        return shift % cluster.Domain == 0 && shift % cluster.GpusPerNode == 0 && !first.Where((gpu, rank) =>
            other[rank] - gpu != shift).Any();
    }

    private GroupSpan WidestSend(int[] from, int[] to) =>
        from.Zip(to, (sender, receiver) => _times.Cluster.SpanOf([sender, receiver])).MaxBy(span => span.Level);

    private double[] SendSeconds(double batch) =>
        [.. _sends.Select(span => _times.Collective(CollectiveKind.SendRecv, span, _message.At(batch)).Seconds)];

    /// <summary>The sections of a stage.</summary>
    private sealed record Section(SectionForm? Entry, SectionForm?[] Kinds, int[] LayersOfKind, SectionForm? Exit)
    {
        public static Section Of(
            DagStage stage, ModelSpec model, (int Batch, PhaseSections Sections) first, (int Batch, PhaseSections Sections) second,
                TimeModel times,
            int[] gpus, Section? alike)
        {
            SectionForm Form(Func<PhaseSections, OperatorProgram> section) =>
                SectionForm.Of((first.Batch, section(first.Sections)), (second.Batch, section(second.Sections)), times, gpus);
            int[] layersOfKind = new int[model.LayerKinds.Count];
            for (int layer = stage.FirstLayer; layer <= stage.LastLayer; layer++)
                layersOfKind[model.KindOfLayer[layer - 1]]++;
            bool last = stage.LastLayer == model.Layers.Count;
            return new Section(
                stage.Index == 1 ? Form(sections => sections.Entry) : first.Sections.Receive is null ? null
                    : Form(sections => sections.Receive!),
                [.. layersOfKind.Select((layers, kind) => layers == 0 ? null : alike?.Kinds[kind] ?? Form(sections =>
                    sections.Kinds[kind]))],
                layersOfKind,
                last ? Form(sections => sections.Exit) : null);
        }

        public double Sum(Func<SectionForm, double> seconds, ModelSpec model)
        {
            double sum = (Entry is null ? 0 : seconds(Entry)) + (Exit is null ? 0 : seconds(Exit));
            for (int kind = 0; kind < model.LayerKinds.Count; kind++)
                sum += LayersOfKind[kind] == 0 ? 0 : LayersOfKind[kind] * seconds(Kinds[kind]!);
            return sum;
        }
    }
}
