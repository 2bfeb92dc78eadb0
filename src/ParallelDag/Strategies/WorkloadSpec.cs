using ParallelDag.Wording;

namespace ParallelDag;

/// <summary>What is served.</summary>
public sealed record WorkloadSpec
{
    /// <summary>Sequences of an instance of a phase, over its data-parallel ranks and micro-batches.</summary>
    public required int Batch { get; init; }

    /// <summary>Prompt tokens of a sequence.</summary>
    public required int PromptLength { get; init; }

    /// <summary>Tokens that decode adds to a sequence.</summary>
    public int OutputLength { get; init; } = 1;

    /// <summary>Parts of the batch that follow each other through the pipeline.</summary>
    public int MicroBatches { get; init; } = 1;

    /// <summary>The share of a prompt that is found in a prefix cache, so that prefill does not pass it.</summary>
    public double CachedPrompt { get; init; }

    /// <summary>The positions of a prompt that are found in a prefix cache: that share of it, rounded down.</summary>
    public long CachedPositions => (long)Math.Floor((decimal)CachedPrompt * PromptLength);

    /// <summary>The positions of a prompt that prefill passes: all but those of <see cref="CachedPositions"/>.</summary>
    public long PassingPositions => PromptLength - CachedPositions;

    /// <summary>How tokens spread over routed experts.</summary>
    public ExpertLoad ExpertLoad { get; init; } = ExpertLoad.Uniform;

    /// <summary>What one phase works on: its strategy may name a batch and micro-batches of its own.</summary>
    public WorkloadSpec Of(PhaseStrategy strategy) => strategy.Batch is null && strategy.MicroBatches is null
        ? this
        : this with { Batch = strategy.Batch ?? Batch, MicroBatches = strategy.MicroBatches ?? MicroBatches };

    /// <summary><c>batch 4, prompt 10240, output 128</c>.</summary>
    public override string ToString() => Words.Invariant($"batch {Batch}, {WithoutBatch}");

    /// <summary>The same without the batch, which is of no use where every phase has its own.</summary>
    internal string WithoutBatch => Words.Invariant($"prompt {PromptLength}, output {OutputLength}")
        + (MicroBatches == 1 ? "" : ", " + Words.Count(MicroBatches, "micro-batch"))
        + (ExpertLoad == ExpertLoad.Uniform ? "" : $", expert load {ExpertLoad}");
}
