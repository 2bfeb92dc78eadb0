using ParallelDag.Collections;
using ParallelDag.Operators;
using ParallelDag.Precisions;

namespace ParallelDag.Layers;

/// <summary>The norm of a model.</summary>
public enum NormKind
{
    /// <summary>RMSNorm: one weight a channel.</summary>
    Rms,

    /// <summary>LayerNorm without a bias: one weight a channel.</summary>
    Layer,

    /// <summary>LayerNorm with a bias: two weights a channel.</summary>
    LayerBias,
}

/// <summary>Where the norms of a layer stand, and how its two parts meet the stream.</summary>
public enum LayerStyle
{
    /// <summary>A norm before each part, a residual after it (most models).</summary>
    PreNorm,

    /// <summary>A norm before and after each part (Gemma 2 and later).</summary>
    SandwichNorm,

    /// <summary>A norm behind each part alone, before its residual: the parts read the bare stream (OLMo 2, EXAONE 4).</summary>
    PostNorm,

    /// <summary>One norm feeds both parts, one residual takes both (Cohere, Falcon-7B).</summary>
    Parallel,

    /// <summary>Both parts read the stream through norms of their own, one residual takes both (GPT-NeoX, Falcon-40B).</summary>
    ParallelTwoNorms,
}

/// <summary>A module that keeps a format of its own in a checkpoint.</summary>
/// <param name="Module">The module in its layer: <c>self_attn.q_proj</c>.</param>
/// <param name="Format">Its format.</param>
public sealed record ModuleFormat(string Module, NumberFormat Format);

/// <summary>
/// One layer of a model: a mixer (how positions see one another) and a feed-forward part (what each position computes), either of which may
/// be missing, with
/// its norms. Layers with equal specs are alike in every number.
/// </summary>
public sealed record LayerSpec
{
    /// <summary>How positions see one another; null for a layer without a mixer.</summary>
    public Mixer? Mixer { get; init; }

    /// <summary>What each position computes; null for a layer without a feed-forward part.</summary>
    public FeedForward? FeedForward { get; init; }

    /// <summary>The norm.</summary>
    public NormKind Norm { get; init; }

    /// <summary>Where the norms stand.</summary>
    public LayerStyle Style { get; init; }

    /// <summary>Modules whose format differs from what the precision gives their class.</summary>
    public ValueList<ModuleFormat> Formats { get; init; } = [];

    /// <summary>True for layers with routed experts.</summary>
    public bool HasExperts => FeedForward?.Experts is not null;

    /// <summary>True for layers with a dense FFN, alone or beside experts.</summary>
    internal bool HasDense => FeedForward is DenseFeedForward || FeedForward?.Experts?.Beside is not null;

    /// <summary>Whether a norm stands before each part.</summary>
    internal bool NormsBefore => Style != LayerStyle.PostNorm;

    /// <summary>Whether a norm stands behind each part, before its residual.</summary>
    internal bool NormsBehind => Style is LayerStyle.SandwichNorm or LayerStyle.PostNorm;

    /// <summary>Every weight of the layer, norms included.</summary>
    /// <param name="hidden">Width of the stream.</param>
    public IEnumerable<WeightSpec> Weights(int hidden)
    {
        foreach (string module in NormModules())
        {
            foreach (WeightSpec norm in NormWeights(module, Norm, hidden))
                yield return norm;
        }

        foreach (WeightSpec weight in Mixer?.Weights(hidden) ?? [])
            yield return weight;
        foreach (WeightSpec weight in FeedForward?.Weights(hidden) ?? [])
            yield return weight;
    }

    /// <summary>The format of a weight of this layer.</summary>
    public NumberFormat FormatOf(WeightSpec weight, Precision precision)
    {
        if (weight.Format is not null)
            return weight.Format;
        foreach (ModuleFormat own in Formats)
        {
            if (own.Module == weight.Module)
                return own.Format;
        }

        return weight.IsVector ? precision.Base : precision.FormatOf(weight.Class);
    }

    /// <summary>The weights of a norm: h, or 2h with a bias.</summary>
    public static IEnumerable<WeightSpec> NormWeights(string module, NormKind norm, int width)
    {
        yield return WeightSpec.Vector(module, WeightClass.Norm, width);
        if (norm == NormKind.LayerBias)
            yield return WeightSpec.Vector(module + ".bias", WeightClass.Norm, width);
    }

    /// <summary><c>GQA 8 kv + MoE 16</c>: what tells the layer from others of its model.</summary>
    public override string ToString() => (Mixer, FeedForward) switch
    {
        (null, null) => "no-op",
        (null, _) => FeedForward.ToString(),
        (_, null) => Mixer.ToString(),
        _ => $"{Mixer} + {FeedForward}",
    };

    private IEnumerable<string> NormModules()
    {
        bool mixer = Mixer is not null, feedForward = FeedForward is not null;
        if (mixer && NormsBefore)
            yield return "input_layernorm";
        if (mixer && NormsBehind)
            yield return "post_attention_layernorm";
        if (feedForward && NormsBefore && !(mixer && Style == LayerStyle.Parallel))
            yield return NormsBehind ? "pre_feedforward_layernorm" : "post_attention_layernorm";
        if (feedForward && NormsBehind)
            yield return "post_feedforward_layernorm";
        if (FeedForward is MoeFeedForward { BranchNorms: true })
        {
            yield return "pre_feedforward_layernorm_2";
            yield return "post_feedforward_layernorm_1";
            yield return "post_feedforward_layernorm_2";
        }
    }
}
