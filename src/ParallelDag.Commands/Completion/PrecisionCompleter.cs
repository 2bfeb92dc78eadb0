namespace ParallelDag.Commands.Completion;

/// <summary>Formats of weights.</summary>
public sealed class PrecisionCompleter : NameCompleter
{
    private protected override IEnumerable<Offer> Names(CompletionRequest request) =>
    [
        new("bf16", "16 bits"), new("fp16", "16 bits"), new("fp8", "8 bits, a scale a tensor"),
        new("fp8/channel", "8 bits, a scale a channel"),
        new("fp8/128x128", "8 bits, a scale a block"), new("mxfp8", "8 bits in blocks of 32"), new("int8", "8 bits, a scale a channel"),
        new("mxfp4", "4 bits in blocks of 32"), new("nvfp4", "4 bits in blocks of 16"), new("int4/128", "4 bits in groups of 128"),
    ];
}
