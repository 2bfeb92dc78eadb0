using ParallelDag.Layers;
using ParallelDag.Operators;

namespace ParallelDag.Plans;

/// <summary>
/// The programs of one micro-batch of a phase: entry, each distinct layer, exit. Everything that is counted or drawn of a phase comes from
/// these.
/// Immutable, safe to share between threads.
/// </summary>
public sealed class PhaseSections
{
    private readonly ModelSpec _model;

    /// <summary>The programs for micro-batches of <paramref name="batch"/> sequences, of which the positions of <paramref name="part"/>
    /// pass.</summary>
    public PhaseSections(ModelSpec model, WorkloadSpec workload, PhaseKind phase, PhaseStrategy strategy, int batch,
        (long Start, long Length)? part = null)
    {
        _model = model;
        Context = new PhaseContext(model.Hidden, model.Precision, workload, phase, strategy, batch, part);
        Entry = EntrySection.Build(Context, model.Vocabulary);
        Receive = strategy.Pp > 1 ? ReceiveSection.Build(Context) : null;
        Exit = ExitSection.Build(Context, model.Vocabulary);
        Kinds = Array.AsReadOnly(model.LayerKinds.Select(layer => LayerProgram.Build(Context, layer)).ToArray());
    }

    /// <summary>What the operators are declared against.</summary>
    public PhaseContext Context { get; }

    /// <summary>From token ids to the stream.</summary>
    public OperatorProgram Entry { get; }

    /// <summary>From what a later stage receives to the stream; null where they are the same.</summary>
    public OperatorProgram? Receive { get; }

    /// <summary>From the stream to sampled tokens.</summary>
    public OperatorProgram Exit { get; }

    /// <summary>The programs of <see cref="ModelSpec.LayerKinds"/>.</summary>
    public IReadOnlyList<OperatorProgram> Kinds { get; }

    /// <summary>What a stage runs in one pass, in order, layers of a kind together: each program, and how many layers it is for.</summary>
    /// <param name="stage">The stage.</param>
    /// <param name="ends">True for a pass that samples a token behind the last layer.</param>
    internal IEnumerable<(OperatorProgram Program, int Layers)> OfStage(DagStage stage, bool ends) =>
        InOrder(stage, ends).GroupBy(program => program).Select(alike => (alike.Key, alike.Count()));

    /// <summary>The same layer after layer.</summary>
    internal IEnumerable<OperatorProgram> InOrder(DagStage stage, bool ends)
    {
        if (stage.Index == 1)
            yield return Entry;
        else if (Receive is not null)
            yield return Receive;
        for (int layer = stage.FirstLayer; layer <= stage.LastLayer; layer++)
            yield return Layer(layer);
        if (stage.LastLayer == _model.Layers.Count && ends)
            yield return Exit;
    }

    /// <summary>The program of a layer, from 1.</summary>
    public OperatorProgram Layer(int layer) => Kinds[_model.KindOfLayer[layer - 1]];
}
