namespace ParallelDag.Search;

/// <summary>A deployment that keeps the limits, in numbers.</summary>
/// <param name="Prefill">Prefill at its batch; null where both phases share their ranks.</param>
/// <param name="Decode">Decode at a batch; null where both phases share their ranks.</param>
/// <param name="Match">How many of each.</param>
/// <param name="Aggregate">Continuous batching, or null.</param>
/// <param name="Space">What was priced for the model in its formats.</param>
internal sealed record Finding(
    PrefillPoint? Prefill, DecodePoint? Decode, PairMatch Match, AggregatePoint? Aggregate, SearchedSpace Space)
{
    public ServingMode Mode => Aggregate is null ? ServingMode.Disaggregated : ServingMode.Aggregated;

    public int Gpus => Aggregate is { } point ? point.Row.Form!.Gpus : Match.Gpus;

    public double Ttft => Aggregate?.Ttft ?? Prefill!.Value.Ttft;

    public double Tpot => Aggregate?.Tpot ?? Decode!.Value.Tpot;

    public double Rate => Aggregate?.Rate ?? Match.Rate;

    public double RateOfGpu => Rate / Gpus;

    /// <summary>Requests a second that decode could do: of two that serve alike the one with more to spare is better.</summary>
    public double Spare => Aggregate?.Rate ?? (Decode!.Value.Rate * Match.Decodes);

    public int Tp => Aggregate?.Row.Strategy.Tp ?? Decode!.Value.Row.Strategy.Tp;

    /// <summary>Sequences that decode at once, of an instance.</summary>
    public int Batch => Aggregate is { } point ? point.Row.Batch(point.Step) : Decode!.Value.Row.Batch(Decode!.Value.Step);

    /// <summary>Sequences that all instances decode at once.</summary>
    public long Sequences => Aggregate is null ? (long)Batch * Match.Decodes : Batch;

    /// <summary>Both strategies, without batches; findings that differ in their batch alone have the same.</summary>
    public string Name => Aggregate is { } point ? $"{Space.Precision}aggregated {point.Row}"
        : $"{Space.Precision}{Prefill!.Value.Row} > {Decode!.Value.Row}";

    /// <summary>The order of those that are as good: fewer GPUs, more to spare, smaller tp, the name, the smaller batch.</summary>
    public static int CompareTies(Finding left, Finding right)
    {
        int order = left.Gpus.CompareTo(right.Gpus);
        order = order != 0 ? order : right.Spare.CompareTo(left.Spare);
        order = order != 0 ? order : left.Tp.CompareTo(right.Tp);
        order = order != 0 ? order : string.CompareOrdinal(left.Name, right.Name);
        return order != 0 ? order : left.Batch.CompareTo(right.Batch);
    }

    /// <summary>The order of a goal, the best first.</summary>
    public static int Compare(SearchOptions options, Finding left, Finding right)
    {
        int order = options.Fit == SearchFit.Batch ? right.Sequences.CompareTo(left.Sequences) : options.Goal switch
        {
            SearchGoal.Latency => left.Tpot.CompareTo(right.Tpot),
            SearchGoal.Gpus => left.Gpus.CompareTo(right.Gpus),
            _ => 0,
        };
        order = order != 0 ? order : right.RateOfGpu.CompareTo(left.RateOfGpu);
        return order != 0 ? order : CompareTies(left, right);
    }
}
