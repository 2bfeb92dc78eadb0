using ParallelDag.Collectives;
using ParallelDag.Durations;
using ParallelDag.Meshes;
using ParallelDag.Operators;
using ParallelDag.Plans;
using ParallelDag.Strategies;
using ParallelDag.Tensors;

namespace ParallelDag.Serving;

/// <summary>
/// A phase of a strategy as a function of the batch: what a pass of any number of sequences takes in each stage, without a graph. Made of
/// the programs of one batch; then a batch is priced in some microseconds. Immutable, safe to share between threads.
/// </summary>
public sealed class PhaseForm
{
    private const int MostOnStack = 64;

    private readonly SectionForm[] _forms;
    private readonly StageForms[] _stages;
    private readonly double _message;
    private readonly GroupSpan[] _sends;
    private readonly TimeModel _times;

    private PhaseForm(ModelSpec model, PhaseLayout layout, WorkloadSpec workload, TimeModel times, PhaseKind phase)
    {
        (_times, Layout) = (times, layout);
        int batch = FittedBatch(model, workload, layout.Strategy, phase);
        Sections = new PhaseSections(model, workload, phase, layout.Strategy, batch);
        var forms = new FormTable(Sections, times);
        _stages = [.. layout.Stages.Select(stage => StageForms.Of(stage, layout.StageGpus[stage.Index - 1], model, forms))];
        _forms = forms.ToArray();
        _message = Context.LargestMessage / (double)batch;
        _sends = [.. layout.StageGpus.Zip(layout.StageGpus.Skip(1), WidestSend)];
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
    public PassTimes At(double batch)
    {
        Span<double> seconds = stackalloc double[MostOnStack];
        seconds = _forms.Length <= seconds.Length ? seconds : new double[_forms.Length];
        for (int form = 0; form < _forms.Length; form++)
            seconds[form] = _forms[form].Seconds(batch);
        double[] stages = new double[_stages.Length];
        for (int stage = 0; stage < stages.Length; stage++)
        {
            foreach ((int form, int layers) in _stages[stage].Parts)
                stages[stage] += layers * seconds[form];
        }

        return new PassTimes(stages, SendSeconds(batch));
    }

    /// <summary>What a pass takes in which sequences get a token each while prompt tokens ride along.</summary>
    /// <param name="decoding">Sequences that get a token.</param>
    /// <param name="chunk">Prompt tokens.</param>
    /// <param name="prompts">Prefill on the same ranks.</param>
    public PassTimes Mixed(double decoding, double chunk, PhaseForm prompts)
    {
        double share = chunk / prompts.Context.SequenceLength;
        double[] stages = new double[_stages.Length];
        var seconds = new Dictionary<(int Own, int Prompts), double>();
        for (int stage = 0; stage < stages.Length; stage++)
        {
            StageForms own = _stages[stage], other = prompts._stages[stage];
            for (int part = 0; part < own.Parts.Length; part++)
            {
                (int form, int layers) = own.Parts[part];
                (int Own, int Prompts) key = (form, other.Parts[part].Form);
                if (!seconds.TryGetValue(key, out double time))
                {
                    time = own.RoleOf(part) switch
                    {
                        StageRole.Entry => _forms[form].Seconds(decoding + chunk),
                        StageRole.Exit => _forms[form].Seconds(decoding + share),
                        _ => _forms[form].MixedSeconds(decoding, chunk, prompts._forms[key.Prompts], share),
                    };
                    seconds.Add(key, time);
                }

                stages[stage] += layers * time;
            }
        }

        return new PassTimes(stages, SendSeconds(decoding + chunk));
    }

    /// <summary>
    /// Sequences with which all shards are even and every expert has whole tokens: what such a batch has, all others have in proportion.
    /// </summary>
    private static int FittedBatch(ModelSpec model, WorkloadSpec workload, PhaseStrategy strategy, PhaseKind phase)
    {
        int unit = strategy.Replicas * strategy.DataParts;
        if (phase == PhaseKind.Decode && strategy.AttentionOutput == AttentionOutput.ReduceScatter)
            unit *= strategy.Tp;
        return unit * EvenRouting.Of(model, workload, phase, strategy);
    }

    private GroupSpan WidestSend(int[] from, int[] to) =>
        from.Zip(to, (sender, receiver) => _times.Cluster.SpanOf([sender, receiver])).MaxBy(span => span.Level);

    private double[] SendSeconds(double batch)
    {
        double size = _message * batch;
        double[] seconds = new double[_sends.Length];
        for (int send = 0; send < seconds.Length; send++)
        {
            seconds[send] = send > 0 && _sends[send] == _sends[send - 1] ? seconds[send - 1]
                : _times.Collective(CollectiveKind.SendRecv, _sends[send], size).Seconds;
        }

        return seconds;
    }
}
