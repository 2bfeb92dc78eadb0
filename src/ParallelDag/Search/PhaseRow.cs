namespace ParallelDag.Search;

/// <summary>A strategy of a phase and how far its batches get.</summary>
internal sealed class PhaseRow
{
    /// <summary>A strategy that was priced.</summary>
    public PhaseRow(PipelineForm form, int microBatches, int[] ladder) =>
        (Form, MicroBatches, Strategy, Ladder) = (form, microBatches, form.Strategy, ladder);

    /// <summary>A strategy that a rule refuses.</summary>
    public PhaseRow(PhaseStrategy strategy, string refusal) => (Strategy, Refusal) = (strategy, refusal);

    /// <summary>The strategy, without a batch.</summary>
    public PhaseStrategy Strategy { get; }

    /// <summary>Its instance; null where a rule refuses it.</summary>
    public PipelineForm? Form { get; }

    /// <summary>Micro-batches.</summary>
    public int MicroBatches { get; }

    /// <summary>What a rule says against it.</summary>
    public string? Refusal { get; }

    /// <summary>The batches that are tried, in the fewest sequences that give every GPU as many.</summary>
    public int[] Ladder { get; private set; } = [];

    /// <summary>Of these steps, those that fit the memory.</summary>
    public int Fits { get; private set; }

    /// <summary>Of these, those that keep the limit of time.</summary>
    public int Keeps { get; private set; }

    /// <summary>Of these, how many with which a GPU yields less than it must.</summary>
    public int Lacks { get; set; }

    /// <summary>Requests a second of an instance below which a GPU yields too little, whatever goes with it; 0 without a limit.</summary>
    public double LeastRate { get; set; }

    /// <summary>True where a batch keeps all limits of the phase.</summary>
    public bool IsAnswer => Keeps > Lacks;

    /// <summary>A time that cannot be kept whatever the batch, where weights alone take longer than the limit; else 0.</summary>
    public double Floor { get; set; }

    /// <summary>Seconds of each step that keeps the limit, once <see cref="Price"/> has run.</summary>
    public double[] Times { get; private set; } = [];

    /// <summary>Of these steps, the one at which most sequences leave in a second: of prefill the slowest stage decides.</summary>
    public int Fastest { get; private set; }

    /// <summary>Sequences of a micro-batch that leave in a second at that step.</summary>
    public double FastestRate { get; private set; }

    /// <summary>GPUs of an instance.</summary>
    public int Gpus => Form!.Gpus;

    /// <summary>Sequences of a micro-batch at a step of the ladder.</summary>
    public int MicroBatch(int step) => Ladder[step] * Form!.Form.Unit;

    /// <summary>Sequences of an instance at a step of the ladder.</summary>
    public int Batch(int step) => MicroBatch(step) * MicroBatches;

    /// <summary>How often it was priced.</summary>
    public int Evaluations { get; private set; }

    /// <summary>Seconds between two tokens of decode; the makespan of prefill.</summary>
    public double Seconds(int step) => Seconds(step, out _);

    /// <summary>The same, and what the slowest stage or message takes of a micro-batch.</summary>
    public double Seconds(int step, out double slowest) => SecondsOf(MicroBatch(step), out slowest);

    private double SecondsOf(int microBatch, out double slowest)
    {
        Evaluations++;
        (double once, slowest) = Form!.Pass(microBatch);
        return Form.Form.Phase == PhaseKind.Prefill ? once + ((MicroBatches - 1) * slowest) : Math.Max(once, MicroBatches * slowest);
    }

    /// <summary>Finds how many steps fit the memory, the largest batch that does among them.</summary>
    public void Fit(bool linear, Func<int, bool> holds)
    {
        int unit = Form!.Form.Unit;
        Fits = BatchLadder.Passing(Ladder.Length, linear, step => holds(Ladder[step] * unit));
        (Ladder, Fits) = BatchLadder.Refine(Ladder, Fits, linear, batch => holds(batch * unit));
    }

    /// <summary>Finds how many of these keep a limit of time, the largest batch that does among them; all without a limit.</summary>
    public void Keep(bool linear, double? limit)
    {
        Keeps = Fits;
        if (limit is not double most)
            return;
        int unit = Form!.Form.Unit, before = Ladder.Length;
        Keeps = BatchLadder.Passing(Fits, linear, step => Seconds(step) <= most);
        if (Keeps < Fits)
            (Ladder, Keeps) = BatchLadder.Refine(Ladder, Keeps, linear, batch => SecondsOf(batch * unit, out _) <= most);
        Fits += Ladder.Length - before;
    }

    /// <summary>Prices every step that keeps the limit.</summary>
    public void Price()
    {
        Times = new double[Keeps];
        for (int step = 0; step < Keeps; step++)
        {
            Times[step] = Seconds(step, out double slowest);
            double rate = MicroBatch(step) / (Form!.Form.Phase == PhaseKind.Prefill ? slowest : Times[step]);
            if (rate > FastestRate)
                (Fastest, FastestRate) = (step, rate);
        }
    }

    /// <summary>The strategy at a step of the ladder, as a plan has it.</summary>
    public PhaseStrategy At(int step, int replicas) => Strategy with
    {
        Batch = Batch(step), MicroBatches = MicroBatches, Replicas = replicas,
    };

    /// <summary>As people write it.</summary>
    public override string ToString() =>
        (MicroBatches > 1 ? Strategy with { MicroBatches = MicroBatches } : Strategy).ToString();
}
