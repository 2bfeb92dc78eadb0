namespace ParallelDag;

/// <summary>
/// A decoder-only transformer: what its weights and its operators are sized by. All sizes are global, before any sharding.
/// A plan's <c>model</c> section or a Hugging Face <c>config.json</c> becomes one of these.
/// </summary>
public sealed record ModelSpec
{
    /// <summary>Decoder layers.</summary>
    public required int Layers { get; init; }

    /// <summary>Width of the residual stream.</summary>
    public required int Hidden { get; init; }

    /// <summary>Query heads.</summary>
    public required int Heads { get; init; }

    /// <summary>Key/value heads: equal to <see cref="Heads"/> for MHA, 1 for MQA, between for GQA.</summary>
    public required int KvHeads { get; init; }

    /// <summary>Elements of one head (d_k).</summary>
    public required int HeadDim { get; init; }

    /// <summary>Inner width of a dense FFN.</summary>
    public required int Ffn { get; init; }

    /// <summary>True for three FFN matrices (gate, up, down: SwiGLU), false for two.</summary>
    public bool GatedFfn { get; init; } = true;

    /// <summary>Vocabulary entries.</summary>
    public required int Vocab { get; init; }

    /// <summary>True when the LM head is the embedding matrix.</summary>
    public bool TiedEmbeddings { get; init; }

    /// <summary>True when queries and keys are normalised per head (Qwen3).</summary>
    public bool QkNorm { get; init; }

    /// <summary>Element type of weights, activations and cache.</summary>
    public DataType DataType { get; init; } = DataType.Bf16;

    /// <summary>The mixture of experts, or null for a dense model.</summary>
    public MoeSpec? Moe { get; init; }

    /// <summary>Multi-head latent attention, or null for MHA/GQA/MQA.</summary>
    public MlaSpec? Mla { get; init; }

    /// <summary>Biases on the Q, K and V projections.</summary>
    public bool QkvBias { get; init; }

    /// <summary>A bias on the output projection.</summary>
    public bool OutputBias { get; init; }

    /// <summary>Biases on the linear layers of the dense FFN.</summary>
    public bool FfnBias { get; init; }

    /// <summary>LayerNorm with a bias (2h each) in place of RMSNorm (h each).</summary>
    public bool NormBias { get; init; }

    /// <summary>Learned absolute positions; 0 for rotary ones.</summary>
    public int LearnedPositions { get; init; }

    /// <summary>One learned sink logit per query head (gpt-oss).</summary>
    public bool AttentionSinks { get; init; }

    /// <summary>True when layer <paramref name="layer"/> (from 1) has experts in place of a dense FFN.</summary>
    public bool IsMoeLayer(int layer) => Moe is not null && Moe.IsMoeLayer(layer);
}

/// <summary>A mixture of experts.</summary>
public sealed record MoeSpec
{
    /// <summary>Routed experts of a layer.</summary>
    public required int Experts { get; init; }

    /// <summary>Experts that each token visits.</summary>
    public required int TopK { get; init; }

    /// <summary>Inner width of one routed expert.</summary>
    public required int Ffn { get; init; }

    /// <summary>Experts that every token visits, beside the routed ones.</summary>
    public int SharedExperts { get; init; }

    /// <summary>Inner width of all shared experts together; 0 without any.</summary>
    public int SharedFfn { get; init; }

    /// <summary>A linear gate of width 1 on the shared experts' output (Qwen2-MoE).</summary>
    public bool SharedGate { get; init; }

    /// <summary>Leading layers with a dense FFN.</summary>
    public int FirstDenseLayers { get; init; }

    /// <summary>Further layers (from 1) with a dense FFN, beyond the leading ones.</summary>
    public IReadOnlySet<int> DenseLayers { get; init; } = new HashSet<int>();

    /// <summary>Extra copies of experts that even the load (as in DeepSeek's EPLB).</summary>
    public int RedundantExperts { get; init; }

    /// <summary>A bias per expert on the router (DeepSeek-V3's score correction, gpt-oss).</summary>
    public bool RouterBias { get; init; }

    /// <summary>Biases on the experts' linear layers (gpt-oss).</summary>
    public bool ExpertBias { get; init; }

    /// <summary>How tokens spread over experts.</summary>
    public ExpertLoad Load { get; init; } = ExpertLoad.Uniform;

    /// <summary>Copies of experts in memory: routed plus redundant.</summary>
    public int PhysicalExperts => Experts + RedundantExperts;

    /// <summary>True when layer <paramref name="layer"/> (from 1) has experts.</summary>
    public bool IsMoeLayer(int layer) => layer > FirstDenseLayers && !DenseLayers.Contains(layer);
}

/// <summary>Multi-head latent attention (DeepSeek-V2): queries and KV pass through low-rank latents; the cache holds the latent.</summary>
public sealed record MlaSpec
{
    /// <summary>Rank of the query latent; null when queries are projected directly.</summary>
    public int? QLoraRank { get; init; }

    /// <summary>Rank of the KV latent.</summary>
    public required int KvLoraRank { get; init; }

    /// <summary>Per head: key/query elements without position.</summary>
    public required int QkNopeHeadDim { get; init; }

    /// <summary>Key/query elements with rotary position; the key's are shared by all heads.</summary>
    public required int QkRopeHeadDim { get; init; }

    /// <summary>Per head: value elements.</summary>
    public required int VHeadDim { get; init; }

    /// <summary>Query/key elements of one head.</summary>
    public int QkHeadDim => QkNopeHeadDim + QkRopeHeadDim;

    /// <summary>Cached elements of one token and layer: the latent and the shared rotary key.</summary>
    public int LatentDim => KvLoraRank + QkRopeHeadDim;
}

/// <summary>How tokens spread over the routed experts: uniform, Zipf with an exponent, or listed fractions.</summary>
public sealed record ExpertLoad
{
    private ExpertLoad()
    {
    }

    /// <summary>Every expert gets the same share.</summary>
    public static ExpertLoad Uniform { get; } = new();

    /// <summary>The exponent a of a Zipf load (share of expert i proportional to 1/(i+1)^a), or null.</summary>
    public double? ZipfExponent { get; private init; }

    /// <summary>The listed fraction of each expert, or null.</summary>
    public IReadOnlyList<double>? Fractions { get; private init; }

    /// <summary>True when every expert gets the same share.</summary>
    public bool IsUniform => ZipfExponent is null && Fractions is null;

    /// <summary>Expert i (from 0) gets a share proportional to 1/(i+1)^<paramref name="exponent"/>.</summary>
    public static ExpertLoad Zipf(double exponent) => new() { ZipfExponent = exponent };

    /// <summary>Each expert gets its fraction; they are normalised to sum to one.</summary>
    public static ExpertLoad Listed(IReadOnlyList<double> fractions) => new() { Fractions = fractions.ToArray() };

    /// <summary>The share of each of <paramref name="experts"/> experts, not normalised.</summary>
    public double[] Weights(int experts)
    {
        double[] weights = new double[experts];
        for (int i = 0; i < experts; i++)
            weights[i] = Fractions is not null ? Fractions[i] : ZipfExponent is double a ? Math.Pow(i + 1, -a) : 1;
        return weights;
    }

    /// <summary><c>uniform</c>, <c>zipf 1.2</c> or <c>listed</c>.</summary>
    public override string ToString() =>
        ZipfExponent is double a ? string.Create(System.Globalization.CultureInfo.InvariantCulture, $"zipf {a}") : Fractions is null ? "uniform" : "listed";
}
