using System.Collections.Frozen;
using ParallelDag.Meshes;

namespace ParallelDag.Graphs;

/// <summary>
/// The closed vocabulary of operators: a name as files carry it in <c>op</c>, and a row of <see cref="Table"/> that tells everything else
/// about it. Rules, readers, layouts and reports read the table; a new operator is a name, a row, and the block that adds it.
/// </summary>
public static class Ops
{
#pragma warning disable CS1591 // Each name is the operator's own.
    public const string Input = "input";
    public const string Embedding = "embedding";
    public const string EmbeddingAllReduce = "embedding_all_reduce";
    public const string EmbeddingReduceScatter = "embedding_reduce_scatter";
    public const string Split = "split";
    public const string AttentionNorm = "attention_norm";
    public const string QkvAllGather = "qkv_all_gather";
    public const string QkvProjection = "qkv_projection";
    public const string KvAllGather = "kv_all_gather";
    public const string RingKv = "ring_kv";
    public const string UlyssesAllToAll = "ulysses_all_to_all";
    public const string Attention = "attention";
    public const string AttentionAllGather = "attention_all_gather";
    public const string OutputProjection = "output_projection";
    public const string AttentionAllReduce = "attention_all_reduce";
    public const string AttentionReduceScatter = "attention_reduce_scatter";
    public const string AttentionResidual = "attention_residual";
    public const string AttentionPostNorm = "attention_post_norm";
    public const string KvUpProjection = "kv_up_projection";
    public const string ValueUpProjection = "value_up_projection";
    public const string Indexer = "indexer";
    public const string MixerNorm = "mixer_norm";
    public const string MixerInputAllGather = "mixer_input_all_gather";
    public const string MixerProjection = "mixer_projection";
    public const string MixerConvolution = "mixer_convolution";
    public const string StateParameters = "state_parameters";
    public const string StateAllReduce = "state_all_reduce";
    public const string GatedDeltaNet = "gated_delta_net";
    public const string KimiDeltaAttention = "kimi_delta_attention";
    public const string LightningAttention = "lightning_attention";
    public const string ShortConvolution = "short_convolution";
    public const string SelectiveScan = "selective_scan";
    public const string MixerAllGather = "mixer_all_gather";
    public const string MixerAllReduce = "mixer_all_reduce";
    public const string MixerReduceScatter = "mixer_reduce_scatter";
    public const string MixerResidual = "mixer_residual";
    public const string FfnNorm = "ffn_norm";
    public const string FfnAllGather = "ffn_all_gather";
    public const string FfnUp = "ffn_up";
    public const string FfnDown = "ffn_down";
    public const string FfnAllReduce = "ffn_all_reduce";
    public const string FfnReduceScatter = "ffn_reduce_scatter";
    public const string Gate = "gate";
    public const string TopK = "top_k";
    public const string Dispatch = "dispatch";
    public const string ExpertAllGather = "expert_all_gather";
    public const string ExpertReduceScatter = "expert_reduce_scatter";
    public const string Experts = "experts";
    public const string SharedExperts = "shared_experts";
    public const string Combine = "combine";
    public const string ExpertAggregation = "expert_aggregation";
    public const string LatentDown = "latent_down";
    public const string LatentUp = "latent_up";
    public const string ExpertNorm = "expert_norm";
    public const string ExpertInputAllGather = "expert_input_all_gather";
    public const string ExpertPostNorm = "expert_post_norm";
    public const string DenseAllReduce = "dense_all_reduce";
    public const string DenseReduceScatter = "dense_reduce_scatter";
    public const string DensePostNorm = "dense_post_norm";
    public const string BranchAdd = "branch_add";
    public const string FfnPostNorm = "ffn_post_norm";
    public const string FfnResidual = "ffn_residual";
    public const string PipelineSendRecv = "pipeline_send_recv";
    public const string QueryAllGather = "query_all_gather";
    public const string LseAllGather = "lse_all_gather";
    public const string AttentionMerge = "attention_merge";
    public const string AttentionMergeReduceScatter = "attention_merge_reduce_scatter";
    public const string PipelineAllGather = "pipeline_all_gather";
    public const string KvTransfer = "kv_transfer";
    public const string FinalNorm = "final_norm";
    public const string Gather = "gather";
    public const string HeadAllGather = "head_all_gather";
    public const string LmHead = "lm_head";
    public const string LogitsAllToAll = "logits_all_to_all";
    public const string LogitsAllGather = "logits_all_gather";
    public const string Sampling = "sampling";
    public const string Output = "output";
#pragma warning restore CS1591

    /// <summary>Every operator, in the order in which a token meets them.</summary>
    public static IReadOnlyList<Operator> Table { get; } =
    [
        new(Input, NodeKind.Input, "Input") { Role = OperatorRole.Input },
        new(Split, NodeKind.Routing, "SPLIT") { Role = OperatorRole.Split, Reads = Micro, Words = ["split"] },
        new(Embedding, NodeKind.Computation, "Embedding") { Kernel = KernelClass.Elementwise, Always = true, Reads = Micro,
            Words = ["embedding"] },
        Collective(EmbeddingAllReduce, CollectiveKind.AllReduce, "embedding", OperatorPlace.Entry, Tp),
        Collective(EmbeddingReduceScatter, CollectiveKind.ReduceScatter, "embedding", OperatorPlace.Entry, Tp),

        new(AttentionNorm, NodeKind.Computation, "Attention Norm") { Role = OperatorRole.Norm, Place = OperatorPlace.Mixer,
            Words = ["norm"] },
        Collective(QkvAllGather, CollectiveKind.AllGather, "attention input", OperatorPlace.Mixer, Tp),
        new(QkvProjection, NodeKind.Computation, "QKV Projection")
        {
            Role = OperatorRole.Projection, Place = OperatorPlace.Mixer, Words = ["qkv", "projection"],
        },
        Collective(KvAllGather, CollectiveKind.AllGather, "K and V", OperatorPlace.Mixer, Sp),
        Collective(RingKv, CollectiveKind.SendRecv, "K and V", OperatorPlace.Mixer, Sp),
        new(UlyssesAllToAll, NodeKind.Communication, "All-to-All (heads and sequence)")
        {
            Place = OperatorPlace.Mixer, Collective = CollectiveKind.AllToAll, GroupAxes = Sp,
            Reads = new ReadPart("kv_heads", ReadAmount.More),
        },
        new(KvUpProjection, NodeKind.Computation, "KV Up-Projection")
        {
            Place = OperatorPlace.Mixer, Reads = new ReadPart("seq_len", ReadAmount.More), Words = ["upprojection"],
        },
        new(Indexer, NodeKind.Computation, "Sparse Indexer")
        {
            Place = OperatorPlace.Mixer, Reads = new ReadPart("seq_len", ReadAmount.More), Words = ["indexer"],
        },
        new(Attention, NodeKind.Computation, "Attention")
        {
            Role = OperatorRole.Core, Place = OperatorPlace.Mixer, Reads = new ReadPart("seq_len", ReadAmount.More), Words = ["attention"],
        },
        Collective(QueryAllGather, CollectiveKind.AllGather, "queries", OperatorPlace.Mixer, Dcp),
        Collective(LseAllGather, CollectiveKind.AllGather, "LSE of attention", OperatorPlace.Mixer, Dcp),
        new(AttentionMerge, NodeKind.Computation, "Attention Merge")
        {
            Kernel = KernelClass.Elementwise, Place = OperatorPlace.Mixer, Words = ["merge"],
        },
        Collective(AttentionMergeReduceScatter, CollectiveKind.ReduceScatter, "partial attention", OperatorPlace.Mixer, Dcp),
        new(ValueUpProjection, NodeKind.Computation, "Value Up-Projection") { Place = OperatorPlace.Mixer, Words = ["upprojection"] },
        Collective(AttentionAllGather, CollectiveKind.AllGather, "attention output", OperatorPlace.Mixer, Tp),
        new(OutputProjection, NodeKind.Computation, "Output Projection")
        {
            Role = OperatorRole.OutputProjection, Place = OperatorPlace.Mixer, Words = ["projection"],
        },
        Collective(AttentionAllReduce, CollectiveKind.AllReduce, "attention output", OperatorPlace.Mixer, Tp),
        Collective(AttentionReduceScatter, CollectiveKind.ReduceScatter, "attention output", OperatorPlace.Mixer, Tp),
        new(AttentionResidual, NodeKind.Computation, "Residual Add")
        {
            Role = OperatorRole.Residual, Place = OperatorPlace.Mixer, Words = ["residual", "add"],
        },

        Norm(AttentionPostNorm, "Attention Post-Norm", OperatorPlace.Mixer),

        Norm(MixerNorm, "Mixer Norm", OperatorPlace.Mixer),
        Collective(MixerInputAllGather, CollectiveKind.AllGather, "mixer input", OperatorPlace.Mixer, Tp),
        new(MixerProjection, NodeKind.Computation, "Input Projection")
        {
            Role = OperatorRole.Projection, Place = OperatorPlace.Mixer, Words = ["inputprojection"],
        },
        new(MixerConvolution, NodeKind.Computation, "Causal Convolution") { Kernel = KernelClass.Elementwise, Place = OperatorPlace.Mixer,
            Words = ["convolution"] },
        new(StateParameters, NodeKind.Computation, "State Parameters") { Place = OperatorPlace.Mixer, Words = ["stateparameters"] },
        Collective(StateAllReduce, CollectiveKind.AllReduce, "state parameters", OperatorPlace.Mixer, Tp),
        new(GatedDeltaNet, NodeKind.Computation, "Gated Delta Net")
        {
            Role = OperatorRole.Core, Kernel = KernelClass.Recurrent, Place = OperatorPlace.Mixer, Words = ["deltanet"],
        },
        new(KimiDeltaAttention, NodeKind.Computation, "Kimi Delta Attention")
        {
            Role = OperatorRole.Core, Kernel = KernelClass.Recurrent, Place = OperatorPlace.Mixer, Words = ["deltaattention"],
        },
        new(ShortConvolution, NodeKind.Computation, "Short Convolution")
        {
            Role = OperatorRole.Core, Kernel = KernelClass.Elementwise, Place = OperatorPlace.Mixer, Words = ["shortconvolution"],
        },
        new(LightningAttention, NodeKind.Computation, "Lightning Attention")
        {
            Role = OperatorRole.Core, Kernel = KernelClass.Recurrent, Place = OperatorPlace.Mixer, Words = ["lightning", "linearattention"],
        },
        new(SelectiveScan, NodeKind.Computation, "State Space")
        {
            Role = OperatorRole.Core, Kernel = KernelClass.Recurrent, Place = OperatorPlace.Mixer,
            Words = ["statespace", "mamba", "selectivescan"],
        },
        Collective(MixerAllGather, CollectiveKind.AllGather, "mixer output", OperatorPlace.Mixer, Tp),
        Collective(MixerAllReduce, CollectiveKind.AllReduce, "mixer output", OperatorPlace.Mixer, Tp),
        Collective(MixerReduceScatter, CollectiveKind.ReduceScatter, "mixer output", OperatorPlace.Mixer, Tp),
        new(MixerResidual, NodeKind.Computation, "Residual Add")
        {
            Role = OperatorRole.Residual, Place = OperatorPlace.Mixer, Words = ["residual", "add"],
        },

        new(FfnNorm, NodeKind.Computation, "FFN Norm") { Role = OperatorRole.Norm, Place = OperatorPlace.FeedForward, Words = ["norm"] },
        Collective(FfnAllGather, CollectiveKind.AllGather, "FFN input", OperatorPlace.FeedForward, TpAndData),
        new(FfnUp, NodeKind.Computation, "FFN Up") { Place = OperatorPlace.FeedForward, Words = ["ffn", "mlp", "feedforward"] },
        new(FfnDown, NodeKind.Computation, "FFN Down") { Place = OperatorPlace.FeedForward, Words = ["ffn", "mlp", "feedforward"] },
        new(Gate, NodeKind.Computation, "MLP Gate") { Role = OperatorRole.Gate, Place = OperatorPlace.FeedForward, Words = ["gate"] },
        new(TopK, NodeKind.Routing, "Top-k Selection")
        {
            Role = OperatorRole.Selection, Place = OperatorPlace.FeedForward, Words = ["selection", "router", "routing"],
        },
        Norm(ExpertNorm, "Expert Norm", OperatorPlace.FeedForward),
        Collective(ExpertInputAllGather, CollectiveKind.AllGather, "expert input", OperatorPlace.FeedForward, Tp),
        new(LatentDown, NodeKind.Computation, "Latent Down-Projection") { Place = OperatorPlace.FeedForward, Words = ["latentdown"] },
        Collective(Dispatch, CollectiveKind.AllToAll, "dispatch", OperatorPlace.FeedForward, Ep, OperatorRole.Dispatch),
        Collective(ExpertAllGather, CollectiveKind.AllGather, "expert tokens", OperatorPlace.FeedForward, EtpOrTokens,
            OperatorRole.RoutedCollective),
        new(Experts, NodeKind.Computation, "Experts") { Role = OperatorRole.Experts, Place = OperatorPlace.FeedForward,
            Words = ["expert"] },
        Collective(ExpertReduceScatter, CollectiveKind.ReduceScatter, "expert tokens", OperatorPlace.FeedForward, EtpOrTokens,
            OperatorRole.RoutedCollective),
        new(SharedExperts, NodeKind.Computation, "Shared Experts")
        {
            Role = OperatorRole.SharedExperts, Place = OperatorPlace.FeedForward, Words = ["expert"],
        },
        Collective(Combine, CollectiveKind.AllToAll, "combine", OperatorPlace.FeedForward, Ep, OperatorRole.Combine),
        new(ExpertAggregation, NodeKind.Aggregation, "Expert Aggregation")
        {
            Role = OperatorRole.Aggregation, Place = OperatorPlace.FeedForward, Words = ["aggregat", "merge"],
        },
        Collective(FfnAllReduce, CollectiveKind.AllReduce, "FFN output", OperatorPlace.FeedForward, TpOrExperts),
        Collective(FfnReduceScatter, CollectiveKind.ReduceScatter, "FFN output", OperatorPlace.FeedForward, [.. TpOrExperts, .. TpAndData]),
        new(LatentUp, NodeKind.Computation, "Latent Up-Projection") { Place = OperatorPlace.FeedForward, Words = ["latentup"] },
        Collective(DenseAllReduce, CollectiveKind.AllReduce, "dense FFN output", OperatorPlace.FeedForward, Tp),
        Collective(DenseReduceScatter, CollectiveKind.ReduceScatter, "dense FFN output", OperatorPlace.FeedForward, TpAndData),
        Norm(DensePostNorm, "Dense Post-Norm", OperatorPlace.FeedForward),
        Norm(ExpertPostNorm, "Expert Post-Norm", OperatorPlace.FeedForward),
        new(BranchAdd, NodeKind.Computation, "Branch Add") { Role = OperatorRole.Residual, Place = OperatorPlace.FeedForward,
            Words = ["branchadd"] },
        Norm(FfnPostNorm, "FFN Post-Norm", OperatorPlace.FeedForward),
        new(FfnResidual, NodeKind.Computation, "Residual Add")
        {
            Role = OperatorRole.Residual, Place = OperatorPlace.FeedForward, Words = ["residual", "add"],
        },

        new(PipelineSendRecv, NodeKind.Communication, "Pipeline Send/Recv")
        {
            Role = OperatorRole.Send, Place = OperatorPlace.Between, Collective = CollectiveKind.SendRecv,
            Words = ["send", "recv", "receive"],
        },
        Collective(PipelineAllGather, CollectiveKind.AllGather, "stage input", OperatorPlace.Between, Tp),
        new(KvTransfer, NodeKind.Communication, "KV Transfer")
        {
            Role = OperatorRole.CacheTransfer, Place = OperatorPlace.Between, Collective = CollectiveKind.SendRecv, Words = ["transfer"],
        },

        new(FinalNorm, NodeKind.Computation, "Final Norm") { Role = OperatorRole.Norm, Always = true, Place = OperatorPlace.Exit,
            Words = ["norm"] },
        new(Gather, NodeKind.Aggregation, "GATHER")
        {
            Role = OperatorRole.LastGather, Place = OperatorPlace.Exit, Collective = CollectiveKind.AllGather,
            GroupAxes = [[Axis.Sp], [Axis.Tp], [Axis.Sp, Axis.Tp]], Words = ["gather", "concat"],
        },
        new(HeadAllGather, NodeKind.Communication, "All-Gather (last positions)")
        {
            Place = OperatorPlace.Exit, Collective = CollectiveKind.AllGather, GroupAxes = Data,
            Reads = new ReadPart("seq_len", ReadAmount.Last),
        },
        new(LmHead, NodeKind.Computation, "LM Head")
        {
            Always = true, Place = OperatorPlace.Exit, Reads = new ReadPart("seq_len", ReadAmount.Last), Words = ["lmhead", "logits"],
        },
        Collective(LogitsAllToAll, CollectiveKind.AllToAll, "logits", OperatorPlace.Exit, Data),
        Collective(LogitsAllGather, CollectiveKind.AllGather, "logits", OperatorPlace.Exit, Tp),
        new(Sampling, NodeKind.Computation, "Sampling") { Kernel = KernelClass.Elementwise, Always = true, Place = OperatorPlace.Exit,
            Words = ["sampling", "softmax"] },
        new(Output, NodeKind.Output, "Output")
        {
            Role = OperatorRole.Output, Place = OperatorPlace.Exit, Reads = new ReadPart("batch_size", ReadAmount.More),
        },
    ];

    /// <summary>The names of every operator, in the order of <see cref="Table"/>.</summary>
    public static IReadOnlyList<string> All { get; } = [.. Table.Select(row => row.Name)];

    private static readonly FrozenDictionary<string, Operator> ByName = Table.ToFrozenDictionary(row => row.Name, StringComparer.Ordinal);

    /// <summary>The row of an operator; null for null and for a name outside the vocabulary.</summary>
    public static Operator? Find(string? name) => name is not null && ByName.TryGetValue(name, out Operator? row) ? row : null;

    private static ReadPart Micro => new("batch_size", ReadAmount.PartOfInput);

    private static IReadOnlyList<IReadOnlyList<Axis>> Tp => [[Axis.Tp]];

    private static IReadOnlyList<IReadOnlyList<Axis>> Sp => [[Axis.Sp]];

    private static IReadOnlyList<IReadOnlyList<Axis>> Dcp => [[Axis.Dcp]];

    private static IReadOnlyList<IReadOnlyList<Axis>> Ep => [[Axis.Ep]];

    /// <summary>A sum over tp, or over the experts' ranks where they are a part of tp.</summary>
    private static IReadOnlyList<IReadOnlyList<Axis>> TpOrExperts => [[Axis.Tp], [Axis.Etp], [Axis.Ep], [Axis.Ep, Axis.Etp]];

    /// <summary>Data-parallel axes.</summary>
    private static IReadOnlyList<IReadOnlyList<Axis>> Data => [.. Subsets(Axis.Ep, Axis.Dp)];

    /// <summary>tp and data-parallel axes: ranks that split a dense FFN.</summary>
    private static IReadOnlyList<IReadOnlyList<Axis>> TpAndData => [.. Subsets(Axis.Tp, Axis.Ep, Axis.Dp)];

    /// <summary>Ranks that split experts, or any axes that split tokens.</summary>
    private static IReadOnlyList<IReadOnlyList<Axis>> EtpOrTokens => [[Axis.Etp], .. Subsets(Axis.Tp, Axis.Sp, Axis.Ep, Axis.Dp)];

    private static IEnumerable<IReadOnlyList<Axis>> Subsets(params Axis[] axes) =>
        Enumerable.Range(1, (1 << axes.Length) - 1).Select(subset => axes.Where((_, index) => (subset >> index & 1) == 1).ToArray());

    private static Operator Norm(string name, string title, OperatorPlace place) =>
        new(name, NodeKind.Computation, title) { Role = OperatorRole.Norm, Place = place, Words = ["norm"] };

    /// <summary>A collective of process groups, titled after what it moves.</summary>
    private static Operator Collective(
        string name, CollectiveKind collective, string moves, OperatorPlace place, IReadOnlyList<IReadOnlyList<Axis>> groupAxes,
        OperatorRole role = OperatorRole.Plain) =>
        new(name, NodeKind.Communication, $"{collective.ToTitle()} ({moves})") { Role = role, Place = place, Collective = collective,
            GroupAxes = groupAxes };
}
