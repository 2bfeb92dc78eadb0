using ParallelDag.Durations;
using ParallelDag.Graphs;
using ParallelDag.Layers;
using ParallelDag.Operators;
using ParallelDag.Precisions;
using ParallelDag.Tensors;

namespace ParallelDag.Serving;

/// <summary>
/// What a step does on each class of ranks or kind of group, as a function of the batch. Operations, bytes and S of every operator grow
/// evenly with the sequences of a pass while shards are even, but for weights, which are read once; so one program tells them for every
/// batch, fractions included. Of experts the weights of those are read that get a token. Two ways to deal out tokens: whole ones as the DAG
/// has it (<see cref="Slowest"/>); or with s slots on a rank of e copies <c>min(e, s)</c>, which whole tokens come to where they divide
/// evenly.
/// </summary>
internal sealed class StepForm
{
    private readonly TimeModel _model;
    private readonly CollectiveKind _collective;
    private readonly KernelClass _kernel;
    private readonly PeakRate _rate;
    private readonly KernelRates _rates;
    private readonly KernelForm[] _kernels = [];
    private readonly GroupForm[] _groups = [];
    private readonly bool _routed;
    private readonly RoutedCounts? _counts;

    private StepForm(OperatorStep step, TimeModel model, KernelForm[] kernels, RoutedCounts? counts)
    {
        (Op, _kernel, _rate, _model) = (step.Op, step.Kernel, step.Rate, model);
        (_rates, _kernels, _counts) = (model.RatesOf(_kernel, _rate), kernels, counts);
        _routed = _kernel == KernelClass.Experts;
    }

    private StepForm(OperatorStep step, TimeModel model, GroupForm[] groups, RoutedCounts? counts)
    {
        (Op, _collective, _model, _groups, _counts) = (step.Op, step.Collective, model, groups, counts);
        _routed = step.Op != Ops.Dispatch && step.Inputs[0] is RoutedTensor && step.Traffic is not DistinctTraffic;
    }

    /// <summary>The step's operator. (Not the step itself: a form outlives the programs that it was made of.)</summary>
    public string Op { get; }

    /// <summary>The form of a step.</summary>
    /// <param name="program">Its program.</param>
    /// <param name="step">The step.</param>
    /// <param name="batch">Sequences that the program is of, as many on each data-parallel rank and for each expert.</param>
    /// <param name="model">The time model.</param>
    /// <param name="stage">The groups of its ranks.</param>
    /// <param name="counts">How tokens spread over experts; null without any.</param>
    public static StepForm Of(
        OperatorProgram program, OperatorStep step, int batch, TimeModel model, SpannedGroups stage, RoutedCounts? counts)
    {
        if (step.Collective == CollectiveKind.None)
        {
            var kernels = new List<KernelForm>(program.Classes.Count);
            foreach (int rank in program.Classes.Representatives)
            {
                KernelForm form = KernelForm.Of(step, rank, batch);
                if (!kernels.Contains(form))
                    kernels.Add(form);
            }

            return new StepForm(step, model, [.. kernels], counts);
        }

        var groups = new List<GroupForm>();

        // Groups of ranks that hold alike move as much; what they span tells them apart.
        foreach ((int[] group, GroupSpan span) in stage.Of(step.Mesh, step.GroupAxes, distinct: program.Classes.Count == 1))
        {
            GroupForm form = GroupForm.Of(step, group, span, batch, stage);
            if (!groups.Contains(form))
                groups.Add(form);
        }

        return new StepForm(step, model, [.. groups], counts);
    }

    /// <summary>
    /// The time of a whole batch on the slowest rank or group, whole tokens dealt out: that of the DAG's nodes.
    /// </summary>
    /// <param name="batch">Sequences of the pass, as many on each data-parallel rank.</param>
    public NodeTime Slowest(int batch)
    {
        NodeTime slowest = NodeTime.None;
        RankSlots one = default;
        double excess = _counts is not null && (_routed || _kernels.Length > 0) ? _counts.Excess(batch) : 1;
        foreach (GroupForm group in _groups)
        {
            double size = Math.Round(group.Size * batch * excess);
            slowest = Slower(slowest, _model.Collective(_collective, group.SpanAt(batch), size));
        }

        foreach (KernelForm form in _kernels)
        {
            if (!_routed || _counts is null)
            {
                slowest = Slower(slowest, Time(form.At(batch, excess)));
                continue;
            }

            foreach (RankSlots rank in _counts.At(batch, ref one))
                slowest = Slower(slowest, Time(form.OfSlots(rank.Sum, rank.Active)));
        }

        return slowest;
    }

    /// <summary>Seconds for a batch.</summary>
    /// <param name="batch">Sequences of the pass.</param>
    public double Seconds(double batch)
    {
        double slowest = 0;
        foreach (GroupForm group in _groups)
            slowest = Math.Max(slowest, _model.Collective(_collective, group.SpanAt(batch), group.Size * batch).Seconds);
        foreach (KernelForm form in _kernels)
        {
            KernelSize size = form.At(batch, 1);
            slowest = Math.Max(slowest, _rates.Seconds(size.Flops, size.Bytes, size.Extent));
        }

        return slowest;
    }

    private NodeTime Time(KernelSize size) => _model.Kernel(_kernel, _rate, size.Flops, size.Bytes, size.Extent);

    private static NodeTime Slower(NodeTime left, NodeTime right) => right.Seconds > left.Seconds ? right : left;
}

/// <summary>What a kernel does on a rank.</summary>
/// <param name="Flops">Operations.</param>
/// <param name="Bytes">Bytes through memory.</param>
/// <param name="Extent">The size that efficiency grows with.</param>
internal readonly record struct KernelSize(double Flops, double Bytes, double Extent);

/// <summary>A collective of one kind of group.</summary>
/// <param name="Span">What its members span.</param>
/// <param name="Size">S of a sequence.</param>
/// <param name="NetworkBytes">What a member sends over the network for a sequence, where that does not follow from S.</param>
internal readonly record struct GroupForm(GroupSpan Span, double Size, double? NetworkBytes)
{
    /// <summary>The form of a group, from a program of <paramref name="batch"/> sequences.</summary>
    public static GroupForm Of(OperatorStep step, int[] group, GroupSpan span, int batch, SpannedGroups stage)
    {
        double? crossing = span.Level != LinkLevel.Network ? null
            : step.Traffic!.NetworkBytesOfMember(group, rank => stage.Cluster.IslandOf(stage.Gpus[rank]));
        return new GroupForm(span, SectionTimes.SizeOf(step, group) / batch, crossing / batch);
    }

    /// <summary>What it spans, with what crosses the network for a batch.</summary>
    public GroupSpan SpanAt(double batch) => NetworkBytes is double bytes ? Span with { NetworkBytes = bytes * batch } : Span;
}

/// <summary>A kernel on one class of ranks.</summary>
/// <param name="Flops">Operations of a sequence.</param>
/// <param name="Weights">Bytes of weights that a pass reads, those of experts left out.</param>
/// <param name="Bytes">Other bytes of a sequence through memory, without those of tokens on their way to and from experts.</param>
/// <param name="Routed">Bytes of a sequence's tokens on their way to and from experts.</param>
/// <param name="Extent">The size that efficiency grows with; that of experts follows from the tokens.</param>
/// <param name="Slots">Tokens of a sequence for the rank's experts.</param>
/// <param name="Copies">Its experts; 0 where the kernel runs none.</param>
/// <param name="ExpertBytes">Weights of one.</param>
internal readonly record struct KernelForm(
    double Flops, double Weights, double Bytes, double Routed, double Extent, double Slots, double Copies, double ExpertBytes)
{
    /// <summary>The kernel of a rank, from a program of <paramref name="batch"/> sequences.</summary>
    public static KernelForm Of(OperatorStep step, int rank, int batch)
    {
        double each = batch;
        long all = step.HbmBytes(rank), weights = step.FixedBytes(rank), routed = RoutedBytes(step, rank);
        var form = new KernelForm(
            (double)step.Flops(rank) / each, weights, (all - weights - routed) / each, routed / each, step.Extent(rank), 0, 0, 0);
        if (step.Kernel != KernelClass.Experts)
            return form;

        long held = 0, read = 0, copies = step.Weights[0].Count(rank);
        foreach (PlacedWeight weight in step.Weights)
            (held, read) = (held + weight.Bytes(rank), read + weight.TouchedBytes(rank));

        // The batch is such that every expert has tokens.
        return form with
        {
            Bytes = (all - read - routed) / each,
            Slots = step.Extent(rank) * copies / each,
            Copies = copies,
            ExpertBytes = (double)held / copies,
        };
    }

    /// <summary>What it does for a batch whose tokens spread evenly over experts.</summary>
    public KernelSize At(double batch, double excess)
    {
        double bytes = Weights + (((Routed * excess) + Bytes) * batch), extent = Extent;
        if (Copies > 0)
        {
            double slots = Slots * batch, active = Math.Min(Copies, Math.Max(1, slots));
            bytes += ExpertBytes * active;
            extent = slots / active;
        }

        return new KernelSize(Flops * batch, bytes, extent);
    }

    /// <summary>What experts do that get so many whole tokens.</summary>
    public KernelSize OfSlots(long slots, int active)
    {
        double sequences = slots / Slots, bytes = (Routed * sequences) + (ExpertBytes * active);
        return new KernelSize(Flops * sequences, bytes, active == 0 ? 0 : (double)slots / active);
    }

    private static long RoutedBytes(OperatorStep step, int rank)
    {
        long bytes = 0;
        foreach (ITensor tensor in step.Inputs)
            bytes += tensor is RoutedTensor ? tensor.LocalBytes(rank) : 0;
        foreach (ITensor tensor in step.Outputs)
            bytes += tensor is RoutedTensor ? tensor.LocalBytes(rank) : 0;
        return bytes;
    }
}
