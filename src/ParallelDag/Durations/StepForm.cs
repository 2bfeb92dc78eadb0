using ParallelDag.Graphs;
using ParallelDag.Operators;

namespace ParallelDag.Durations;

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
/// What a step does on its slowest rank or group, as a function of the batch. Operations, bytes and S of every operator grow evenly with
/// the sequences of a pass while shards are even, so two programs tell them for every batch, fractions included. Of experts the weights
/// of those are read that get a token: with s slots on a rank of e copies <c>min(e, s)</c>, as the DAG has it, or <c>e*(1-(1-k/E)^t)</c>
/// of t tokens with k of E experts each, as random routing has it.
/// </summary>
internal sealed class StepForm
{
    private readonly TimeModel _model;
    private readonly KernelRates _rates;
    private readonly double _extent;
    private readonly Affine _flops;
    private readonly Affine _bytes;
    private readonly Affine _slots;
    private readonly double _copies;
    private readonly double _expertBytes;
    private readonly GroupSpan _span;
    private readonly Affine _size;
    private readonly Affine? _networkBytes;

    private StepForm(OperatorStep step, TimeModel model, int rank, (int Batch, OperatorStep Step) first,
        (int Batch, OperatorStep Step) second)
    {
        (Step, _model, _rates) = (step, model, model.RatesOf(step.Kernel, step.Rate));
        Affine Of(Func<OperatorStep, double> value) => Affine.Through((first.Batch, value(first.Step)), (second.Batch, value(second.Step)));
        _flops = Of(item => (double)item.Flops(rank));
        _bytes = Of(item => item.HbmBytes(rank));
        _extent = first.Step.Extent(rank);
        if (step.Kernel != KernelClass.Experts)
            return;

        // Both batches are such that every expert has tokens.
        _copies = first.Step.Weights[0].Count(rank);
        _slots = Of(item => item.Extent(rank) * item.Weights[0].Count(rank));
        _expertBytes = first.Step.Weights.Sum(weight => weight.Bytes(rank)) / _copies;
        _bytes = _bytes with { Fixed = _bytes.Fixed - (_expertBytes * _copies) };
    }

    private StepForm(OperatorStep step, TimeModel model, GroupSpan span, Affine size, Affine? networkBytes)
    {
        (Step, _model, _span, _size, _networkBytes) = (step, model, span, size, networkBytes);
    }

    /// <summary>The step, in the program of the first batch.</summary>
    public OperatorStep Step { get; }

    /// <summary>The step of two programs that differ in their batch alone.</summary>
    public static StepForm Of(
        (int Batch, OperatorProgram Program) first, (int Batch, OperatorProgram Program) second, int index, TimeModel model,
            IReadOnlyList<int> stageGpus)
    {
        OperatorStep step = first.Program.Steps[index], other = second.Program.Steps[index];
        if (step.Collective == CollectiveKind.None)
        {
            int slowest = SectionTimes.SlowestRank(second.Program, other, model).Rank;
            return new StepForm(step, model, slowest, (first.Batch, step), (second.Batch, other));
        }

        (_, GroupSpan span, int[] group) = SectionTimes.SlowestGroup(other, model, stageGpus);
        GroupSpan before = SectionTimes.SpanOf(step, group, model.Cluster, stageGpus);
        return new StepForm(step, model, span,
            Affine.Through((first.Batch, SectionTimes.SizeOf(step, group)), (second.Batch, SectionTimes.SizeOf(other, group))),
            span.NetworkBytes is double bytes ? Affine.Through((first.Batch, before.NetworkBytes!.Value), (second.Batch, bytes)) : null);
    }

    /// <summary>Seconds for a batch.</summary>
    /// <param name="batch">Sequences of the pass.</param>
    /// <param name="routing">Random routing, or null for the even spread of the DAG.</param>
    public double Seconds(double batch, RandomRouting? routing)
    {
        if (Step.Collective != CollectiveKind.None)
        {
            GroupSpan span = _networkBytes is Affine bytes ? _span with { NetworkBytes = bytes.At(batch) } : _span;
            return _model.Collective(Step.Collective, span, Math.Max(0, _size.At(batch))).Seconds;
        }

        if (_copies == 0)
            return _rates.Seconds(_flops.At(batch), _bytes.At(batch), _extent);
        double slots = _slots.At(batch), active = routing?.Active(_copies, slots) ?? Math.Min(_copies, Math.Max(1, slots));
        return _rates.Seconds(_flops.At(batch), _bytes.At(batch) + (_expertBytes * active), slots / active);
    }
}

/// <summary>Tokens that choose their experts at random: how many experts of a rank get any.</summary>
/// <param name="Experts">E, of the whole layer.</param>
/// <param name="TopK">k, experts of a token.</param>
internal sealed record RandomRouting(int Experts, int TopK)
{
    /// <summary>
    /// The expected experts with a token, of <paramref name="copies"/> on a rank that gets <paramref name="slots"/> tokens in all.
    /// </summary>
    public double Active(double copies, double slots)
    {
        double tokens = slots / copies * Experts / TopK;
        return Math.Max(1e-9, copies * (1 - Math.Pow(1 - ((double)TopK / Experts), tokens)));
    }
}
