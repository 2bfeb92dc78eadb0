namespace ParallelDag.Commands.Completion;

/// <summary>Keys of a strategy that changes touch.</summary>
public sealed class ChangedKeyCompleter : NameCompleter
{
    private protected override IEnumerable<Offer> Names(CompletionRequest request) =>
    [
        new("tp", "tensor parallel"), new("pp", "pipeline stages"), new("sp", "sequence (context) parallel"),
        new("dp", "data parallel"), new("ep", "expert parallel"), new("order", "the order of ranks"),
        new("attentionOutput", "how attention leaves tensor parallelism"), new("dispatch", "how tokens meet their experts"),
        new("pipelineMessage", "how hidden states go to the next stage"), new("balance", "layers of the stages"),
        new("microBatches", "parts of the batch"),
    ];
}
