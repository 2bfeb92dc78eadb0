using ParallelDag.Layers;

namespace ParallelDag.Models.Families;

/// <summary>
/// Trinity (afmoe): norms before and behind each part, attention with QK norm and an output gate, a window on all but every
/// <c>global_attn_every_n_layers</c>-th layer, leading dense layers, experts with a score correction and shared ones.
/// </summary>
internal sealed class AfmoeFamily : ModelFamily
{
    /// <inheritdoc/>
    public override IReadOnlyList<string> ModelTypes => ["afmoe"];

    /// <inheritdoc/>
    public override ModelSpec Read(ConfigFields config)
    {
        GroupedAttention full = Attention(config) with { QkNorm = QkNormKind.PerHead, OutputGate = true };
        GroupedAttention local = full with { Window = config.Size("sliding_window", 1024) };
        int leading = config.Size("num_dense_layers", 1);
        (int groups, int limit) = NodeLimit(config);
        config.Ignore("num_expert_groups", "num_limited_groups", "route_norm", "score_func", "mup_enabled", "use_grouped_mm");
        MoeFeedForward moe = ExpertsBesideShared(config, "num_experts", "num_shared_experts") with
        {
            ScoreCorrection = true,
            Groups = groups,
            GroupLimit = limit,
        };
        DenseFeedForward? dense = DenseBesideExperts(config, layer => layer <= leading);
        Func<int, bool> isFull = IsOfType(config, "full_attention", EveryNth(config, "global_attn_every_n_layers", 4));
        return Model(config, layer => new LayerSpec
        {
            Style = LayerStyle.SandwichNorm,
            Mixer = isFull(layer) ? full : local,
            FeedForward = layer <= leading ? dense! : moe,
        });
    }
}
