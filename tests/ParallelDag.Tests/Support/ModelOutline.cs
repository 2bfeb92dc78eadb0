using ParallelDag.Layers;
using ParallelDag.Precisions;

namespace ParallelDag.Tests.Support;

/// <summary>
/// A model of alike layers in few numbers, for tests: one attention, one dense FFN, one mixture of experts behind the leading dense layers.
/// </summary>
internal sealed record ModelOutline
{
    public int Layers { get; init; } = 4;

    public int Hidden { get; init; } = 64;

    public int Heads { get; init; } = 8;

    public int KvHeads { get; init; } = 4;

    public int HeadDim { get; init; } = 8;

    public int Ffn { get; init; } = 128;

    public bool GatedFfn { get; init; } = true;

    public int Vocab { get; init; } = 1001;

    public bool TiedEmbeddings { get; init; }

    public QkNormKind QkNorm { get; init; }

    public bool QkvBias { get; init; }

    public bool OutputBias { get; init; }

    public bool FfnBias { get; init; }

    public NormKind Norm { get; init; }

    public LayerStyle Style { get; init; }

    public int LearnedPositions { get; init; }

    public Precision Precision { get; init; } = Precision.Bf16;

    public Mixer? Mixer { get; init; }

    public MoeFeedForward? Moe { get; init; }

    public int FirstDenseLayers { get; init; }

    public static implicit operator ModelSpec(ModelOutline outline) => outline.ToModel();

    public ModelSpec ToModel()
    {
        Mixer mixer = Mixer ?? new GroupedAttention
        {
            Heads = Heads, KvHeads = KvHeads, HeadDim = HeadDim, QkNorm = QkNorm, QkvBias = QkvBias, OutputBias = OutputBias,
        };
        var dense = new DenseFeedForward { Ffn = Ffn, Gated = GatedFfn, Bias = FfnBias };
        return new ModelSpec
        {
            Hidden = Hidden,
            Vocabulary = new VocabularySpec { Size = Vocab, Tied = TiedEmbeddings, Norm = Norm, LearnedPositions = LearnedPositions },
            Layers = ModelSpec.LayersOf(Layers, layer => new LayerSpec
            {
                Mixer = mixer,
                FeedForward = Moe is null || layer <= FirstDenseLayers ? dense : Moe with { Gated = GatedFfn },
                Norm = Norm,
                Style = Style,
            }),
            Precision = Precision,
        };
    }
}
