namespace ParallelDag.Commands.Completion;

/// <summary>Clusters in their short form: <c>'64 x H100-SXM-80GB'</c>; the count that was typed is kept.</summary>
public sealed class ClusterCompleter : NameCompleter
{
    private protected override IEnumerable<Offer> Names(CompletionRequest request)
    {
        string digits = new([.. request.Word.TakeWhile(char.IsAsciiDigit)]);
        string count = digits.Length == 0 ? "8" : digits;
        return DeviceProfile.BuiltIn.Select(gpu => new Offer($"{count} x {gpu.Name}", $"{gpu.MemoryBytes >> 30} GiB, {gpu.Flops / 1e12:0} TFLOPS, {gpu.MemoryBandwidth / 1e12:0.##} TB/s"));
    }
}

/// <summary>Strategies, word by word: <c>'pp4 ep4 t</c> offers <c>tp2</c>, <c>tp4</c> and so on; axes that stand already are not offered again.</summary>
public sealed class StrategyCompleter : NameCompleter
{
    private static readonly (string Axis, string Tip)[] Axes =
    [
        ("pp", "pipeline stages"), ("ep", "expert parallel"), ("tp", "tensor parallel"), ("sp", "sequence (context) parallel"), ("dp", "data parallel"),
    ];

    private static readonly (string Word, string Tip)[] Modes =
    [
        ("attentionOutput=allReduce", "row-parallel output projection, then an All-Reduce (the default)"),
        ("attentionOutput=reduceScatter", "Megatron's sequence parallelism"),
        ("attentionOutput=allGather", "an All-Gather of the heads, then a replicated output projection"),
        ("expertParallel=folded", "experts over the same ranks as attention (Megatron, vLLM, DeepSeek)"),
        ("dispatch=allToAll", "each token goes to the ranks of its experts (DeepEP, Megatron)"),
        ("dispatch=allGather", "plain tokens are gathered, partial sums scattered (vLLM's default with data parallelism)"),
        ("dispatch=none", "ranks hold the same tokens; the sums ride with the block's All-Reduce (vLLM's -tp 8 --enable-expert-parallel)"),
        ("dedup=true", "a token once to each rank and node of its experts (DeepEP's normal kernels)"),
        ("denseTp=1", "dense FFNs whole on every rank (DeepSeek, SGLang's --moe-dense-tp-size 1)"),
        ("headTp=1", "the LM head whole on every rank"),
        ("vocabPadding=64", "the vocabulary padded as vLLM and SGLang do"),
        ("spMethod=ring", "K and V pass around a ring"),
        ("spMethod=ulysses", "heads and sequence are exchanged around attention"),
        ("pipelineMessage=scattered", "a part of the hidden states from each tp rank, gathered behind the receive"),
        ("schedule=overlapped", "two micro-batches may overlap on a stage"),
    ];

    private protected override IEnumerable<Offer> Names(CompletionRequest request)
    {
        int end = request.Word.LastIndexOf(' ') + 1;
        string before = request.Word[..end];
        foreach ((string axis, string tip) in Axes)
        {
            if (before.Contains(axis, StringComparison.OrdinalIgnoreCase))
                continue;
            for (int degree = 2; degree <= 64; degree *= 2)
                yield return new Offer($"{before}{axis}{GraphCompletion.Number(degree)}", $"{tip}, degree {degree}");
        }

        foreach ((string word, string tip) in Modes)
        {
            if (!before.Contains(word[..word.IndexOf('=', StringComparison.Ordinal)], StringComparison.OrdinalIgnoreCase))
                yield return new Offer(before + word, tip);
        }
    }
}
