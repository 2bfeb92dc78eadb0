namespace ParallelDag.Search;

/// <summary>Continuous batching at a number of sequences.</summary>
/// <param name="Row">The strategy and its chunk.</param>
/// <param name="Step">The step of the ladder.</param>
/// <param name="Ttft">Seconds to the first token.</param>
/// <param name="Tpot">Seconds between two tokens.</param>
/// <param name="Rate">Requests a second.</param>
internal readonly record struct AggregatePoint(AggregateRow Row, int Step, double Ttft, double Tpot, double Rate)
    : IServingPoint<AggregatePoint>
{
    /// <inheritdoc/>
    public int Gpus => GpusOf(this);

    /// <inheritdoc/>
    public int CompareTies(in AggregatePoint other) => Compare(this, other);

    private static int GpusOf(in AggregatePoint point) => point.Row.Form!.Gpus;

    private static int Compare(in AggregatePoint left, in AggregatePoint right)
    {
        int order = left.Row.Strategy.Tp.CompareTo(right.Row.Strategy.Tp);
        if (order != 0 || ReferenceEquals(left.Row, right.Row))
            return order != 0 ? order : left.Step.CompareTo(right.Step);
        return string.CompareOrdinal(left.Row.ToString(), right.Row.ToString());
    }
}

/// <summary>A strategy of continuous batching with one size of chunks.</summary>
/// <param name="strategy">The strategy, without a batch.</param>
/// <param name="form">The instance; null for a refused strategy.</param>
/// <param name="chunk">Prompt tokens of a data-parallel rank in a pass; 0 for a refused strategy.</param>
/// <param name="outputLength">Tokens of an output.</param>
/// <param name="refusal">What a rule says against it, or null.</param>
internal sealed class AggregateRow(PhaseStrategy strategy, PipelineForm? form, int chunk, int outputLength, string? refusal)
{
    public PhaseStrategy Strategy => strategy;

    public PipelineForm? Form => form;

    public int Chunk => chunk;

    public string? Refusal => refusal;

    /// <summary>The batches that are tried, in the fewest sequences that give every GPU as many.</summary>
    public int[] Ladder { get; set; } = BatchLadder.Coarse;

    /// <summary>Of these steps, those that fit the memory.</summary>
    public int Fits { get; set; }

    /// <summary>Of these, those that chunks can supply.</summary>
    public int Supplied { get; set; }

    /// <summary>Of these, those whose first token is in time.</summary>
    public int InTime { get; set; }

    /// <summary>Of these, those that keep all limits.</summary>
    public int Keeps { get; set; }

    /// <summary>Of these, how many with which a GPU yields less than it must.</summary>
    public int Lacks { get; set; }

    /// <summary>Requests a second below which a GPU yields less than it must; 0 without a limit.</summary>
    public double LeastRate { get; set; }

    /// <summary>True where a batch keeps all limits.</summary>
    public bool IsAnswer => Keeps > Lacks;

    /// <summary>Seconds to the first token at each step; once it is priced.</summary>
    public double[] Ttfts { get; set; } = [];

    /// <summary>Seconds between two tokens at each step; once it is priced.</summary>
    public double[] Tpots { get; set; } = [];

    /// <summary>How often it was priced.</summary>
    public int Evaluations { get; set; }

    /// <summary>The most bytes of activations while a chunk passes.</summary>
    public double ChunkActivations { get; init; }

    /// <summary>What the fullest GPU holds at a step of the ladder.</summary>
    public GpuRoom Room(int step) => RoomOf(MicroBatch(step));

    /// <summary>What the fullest GPU holds with so many sequences in a micro-batch.</summary>
    public GpuRoom RoomOf(int microBatch) => form!.Room(microBatch, form.Stages, Parts, ChunkActivations);

    /// <summary>Sequences of a micro-batch at a step of the ladder.</summary>
    public int MicroBatch(int step) => Ladder[step] * form!.Form.Unit;

    /// <summary>Sequences of an instance at a step of the ladder.</summary>
    public int Batch(int step) => MicroBatch(step) * form!.Stages;

    /// <summary>What it does at a step of the ladder that keeps all limits.</summary>
    public AggregatePoint Point(int step) =>
        new(this, step, Ttfts[step], Tpots[step], Batch(step) / ((outputLength - 1.0) * Tpots[step]));

    /// <summary>Data-parallel parts of an instance.</summary>
    public int Parts => strategy.DataParts;

    /// <summary>The most sequences of an instance that chunks keep supplied.</summary>
    public double MostDecoding(WorkloadSpec workload) =>
        (workload.OutputLength - 1.0) * (chunk * Parts) * form!.Stages / workload.PassingPositions;

    public override string ToString() => Wording.Words.Invariant($"{strategy} chunk {chunk * Parts}");
}
