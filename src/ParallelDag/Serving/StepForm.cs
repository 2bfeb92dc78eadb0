using ParallelDag.Durations;
using ParallelDag.Graphs;
using ParallelDag.Layers;
using ParallelDag.Operators;
using ParallelDag.Precisions;
using ParallelDag.Tensors;

namespace ParallelDag.Serving;

/// <summary>A number that grows evenly with the batch: <c>Fixed + Each*batch</c>.</summary>
internal readonly record struct Affine(double Fixed, double Each)
{
    public static Affine Through((double Batch, double Value) first, (double Batch, double Value) second)
    {
        double each = (second.Value - first.Value) / (second.Batch - first.Batch);
        return new Affine(first.Value - (each * first.Batch), each);
    }

    public double At(double batch) => Fixed + (Each * batch);
}

/// <summary>
/// What a step does on each class of ranks or kind of group, as a function of the batch. Operations, bytes and S of every operator grow
/// evenly with the sequences of a pass while shards are even, so two programs tell them for every batch, fractions included. Of experts
/// the weights of those are read that get a token. Two ways to deal out tokens: whole ones as the DAG has it
/// (<see cref="Slowest"/>); or with s slots on a rank of e copies <c>min(e, s)</c>, which whole tokens come to where they divide evenly.
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

    /// <summary>The step of two programs that differ in their batch alone.</summary>
    public static StepForm Of(
        (int Batch, OperatorProgram Program) first, (int Batch, OperatorProgram Program) second, int index, TimeModel model,
            IReadOnlyList<int> stageGpus, RoutedCounts? counts)
    {
        OperatorStep step = first.Program.Steps[index], other = second.Program.Steps[index];
        if (step.Collective == CollectiveKind.None)
        {
            var kernels = new List<KernelForm>();
            foreach (int rank in first.Program.Classes.Representatives)
            {
                KernelForm form = KernelForm.Of((first.Batch, step), (second.Batch, other), rank);
                if (!kernels.Contains(form))
                    kernels.Add(form);
            }

            return new StepForm(step, model, [.. kernels], counts);
        }

        var groups = new List<GroupForm>();
        var known = new HashSet<GroupSpan>();
        bool alike = first.Program.Classes.Count == 1 && second.Program.Classes.Count == 1;
        foreach (int[] group in other.Mesh.Groups([.. other.GroupAxes]))
        {
            // Groups of ranks that hold alike move as much; what they span tells them apart.
            GroupSpan span = model.Cluster.SpanOf(group, stageGpus);
            if (!known.Add(span) && alike)
                continue;
            GroupForm form = GroupForm.Of((first.Batch, step), (second.Batch, other), group, span, model.Cluster, stageGpus);
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
        double excess = _counts is not null && (_routed || _kernels.Length > 0) ? _counts.Excess(batch) : 1;
        foreach (GroupForm group in _groups)
        {
            double size = Math.Max(0, Math.Round(group.Size.At(batch) * excess));
            slowest = Slower(slowest, _model.Collective(_collective, group.SpanAt(batch), size));
        }

        foreach (KernelForm form in _kernels)
        {
            if (!_routed || _counts is null)
            {
                slowest = Slower(slowest, Time(form.At(batch, excess)));
                continue;
            }

            foreach (RankSlots rank in _counts.At(batch))
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
            slowest = Math.Max(slowest, _model.Collective(_collective, group.SpanAt(batch), Math.Max(0, group.Size.At(batch))).Seconds);
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
/// <param name="Size">S.</param>
/// <param name="NetworkBytes">What a member sends over the network, where that does not follow from S.</param>
internal readonly record struct GroupForm(GroupSpan Span, Affine Size, Affine? NetworkBytes)
{
    /// <summary>The group's form, from two programs.</summary>
    public static GroupForm Of(
        (int Batch, OperatorStep Step) first, (int Batch, OperatorStep Step) second, int[] group, GroupSpan span, ClusterSpec cluster,
        IReadOnlyList<int> stageGpus)
    {
        double? before = Crossing(first.Step), after = Crossing(second.Step);
        return new GroupForm(
            span,
            Affine.Through((first.Batch, SectionTimes.SizeOf(first.Step, group)), (second.Batch, SectionTimes.SizeOf(second.Step, group))),
            before is double one && after is double two ? Affine.Through((first.Batch, one), (second.Batch, two)) : null);

        double? Crossing(OperatorStep step) => span.Level != LinkLevel.Network ? null
            : step.Traffic!.NetworkBytesOfMember(group, rank => cluster.IslandOf(stageGpus[rank]));
    }

    /// <summary>What it spans, with what crosses the network for a batch.</summary>
    public GroupSpan SpanAt(double batch) => NetworkBytes is Affine bytes ? Span with { NetworkBytes = bytes.At(batch) } : Span;
}

/// <summary>A kernel on one class of ranks.</summary>
/// <param name="Flops">Operations.</param>
/// <param name="Bytes">Bytes through memory, without weights of experts and without tokens on their way to them.</param>
/// <param name="Routed">Bytes of tokens on their way to and from experts.</param>
/// <param name="Extent">The size that efficiency grows with; that of experts follows from the tokens.</param>
/// <param name="Slots">Tokens of the rank's experts.</param>
/// <param name="Copies">Its experts; 0 where the kernel runs none.</param>
/// <param name="ExpertBytes">Weights of one.</param>
internal readonly record struct KernelForm(
    Affine Flops, Affine Bytes, Affine Routed, double Extent, Affine Slots, double Copies, double ExpertBytes)
{
    /// <summary>The kernel of a rank, from two programs.</summary>
    public static KernelForm Of((int Batch, OperatorStep Step) first, (int Batch, OperatorStep Step) second, int rank)
    {
        Affine Of(Func<OperatorStep, double> value) => Affine.Through((first.Batch, value(first.Step)), (second.Batch, value(second.Step)));
        double before = RoutedBytes(first.Step, rank), after = RoutedBytes(second.Step, rank);
        var form = new KernelForm(
            Of(step => (double)step.Flops(rank)),
            Affine.Through((first.Batch, first.Step.HbmBytes(rank) - before), (second.Batch, second.Step.HbmBytes(rank) - after)),
            Affine.Through((first.Batch, before), (second.Batch, after)), first.Step.Extent(rank), default, 0, 0);
        if (first.Step.Kernel != KernelClass.Experts)
            return form;

        // Both batches are such that every expert has tokens.
        double copies = first.Step.Weights[0].Count(rank);
        double each = first.Step.Weights.Sum(weight => weight.Bytes(rank)) / copies;
        return form with
        {
            Bytes = form.Bytes with { Fixed = form.Bytes.Fixed - (each * copies) },
            Slots = Of(step => step.Extent(rank) * step.Weights[0].Count(rank)),
            Copies = copies,
            ExpertBytes = each,
        };
    }

    /// <summary>What it does for a batch whose tokens spread evenly over experts.</summary>
    public KernelSize At(double batch, double excess)
    {
        double bytes = Bytes.At(batch) + (Routed.At(batch) * excess), extent = Extent;
        if (Copies > 0)
        {
            double slots = Slots.At(batch), active = Math.Min(Copies, Math.Max(1, slots));
            bytes += ExpertBytes * active;
            extent = slots / active;
        }

        return new KernelSize(Flops.At(batch), bytes, extent);
    }

    /// <summary>What experts do that get so many whole tokens.</summary>
    public KernelSize OfSlots(long slots, int active)
    {
        double share = slots / Slots.Each, bytes = Bytes.Fixed + (Routed.Each * share) + (ExpertBytes * active);
        return new KernelSize(Flops.Each * share, bytes, active == 0 ? 0 : (double)slots / active);
    }

    private static double RoutedBytes(OperatorStep step, int rank)
    {
        long bytes = 0;
        foreach (ITensor tensor in step.Inputs)
            bytes += tensor is RoutedTensor ? tensor.LocalBytes(rank) : 0;
        foreach (ITensor tensor in step.Outputs)
            bytes += tensor is RoutedTensor ? tensor.LocalBytes(rank) : 0;
        return bytes;
    }
}
