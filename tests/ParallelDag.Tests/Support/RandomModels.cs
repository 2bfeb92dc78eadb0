using ParallelDag.Layers;
using ParallelDag.Precisions;

namespace ParallelDag.Tests.Support;

/// <summary>Random small models made of all kinds of layers, in all formats; sizes often do not divide.</summary>
internal static class RandomModels
{
    /// <summary>A model; mostly of alike layers, sometimes with a kind of its own for every layer.</summary>
    public static ModelSpec Draw(Random random)
    {
        int layers = random.Next(1, 7), hidden = Pick(random, 16, 24), leading = random.Next(0, layers + 1);
        bool gated = random.Next(2) == 0, hybrid = random.Next(3) == 0;
        NormKind norm = Pick(random, NormKind.Rms, NormKind.Rms, NormKind.Layer, NormKind.LayerBias);
        LayerStyle style = Pick(random, LayerStyle.PreNorm, LayerStyle.PreNorm, LayerStyle.SandwichNorm, LayerStyle.PostNorm,
            LayerStyle.Parallel, LayerStyle.ParallelTwoNorms);
        Mixer attention = random.Next(4) == 0 ? Latent(random) : Grouped(random);
        var dense = new DenseFeedForward { Ffn = Pick(random, 24, 48), Gated = gated, Bias = random.Next(3) == 0,
            ActivationWeights = Pick(random, 0, 0, 2) };
        FeedForward experts = random.Next(3) == 0 ? dense : Moe(random, gated);
        return new ModelSpec
        {
            Hidden = hidden,
            Vocabulary = new VocabularySpec
            {
                Size = random.Next(50, 60),
                Tied = random.Next(2) == 0,
                Norm = norm,
                LearnedPositions = Pick(random, 0, 0, 40),
                HeadBias = random.Next(5) == 0,
            },
            Layers = ModelSpec.LayersOf(layers, layer =>
            {
                Mixer? mixer = hybrid ? AnyMixer(random, attention) : attention;
                bool plain = hybrid && mixer is not null && random.Next(5) == 0;
                return new LayerSpec { Mixer = mixer, FeedForward = plain ? null : layer <= leading ? dense : experts, Norm = norm,
                    Style = style };
            }),
            Precision = new Precision
            {
                Weights = random.Next(3) == 0
                    ? Pick(random, NumberFormat.Fp8Channel, NumberFormat.Fp8Blocks(2, 2), NumberFormat.Int4Channel, NumberFormat.Int4(2))
                    : Pick(random, NumberFormat.Bf16, NumberFormat.Bf16, NumberFormat.Fp8, NumberFormat.Int8),
                Experts = random.Next(4) == 0
                    ? Pick(random, NumberFormat.Fp8Blocks(4, 2), NumberFormat.Int8Groups(2), NumberFormat.MxFp4, NumberFormat.NvFp4)
                    : Pick(random, NumberFormat.Bf16, NumberFormat.Fp8),
                KvCache = Pick(random, NumberFormat.Bf16, NumberFormat.Fp8, NumberFormat.Int8),
                Dispatch = Pick(random, NumberFormat.Bf16, NumberFormat.Fp8, NumberFormat.MxFp8),
                Combine = Pick(random, NumberFormat.Bf16, NumberFormat.Bf16, NumberFormat.Fp8),
            },
        };
    }

    private static Mixer? AnyMixer(Random random, Mixer attention) => random.Next(10) switch
    {
        0 => null,
        1 => new GatedDeltaNet { KeyHeads = 4, ValueHeads = Pick(random, 4, 8), KeyHeadDim = 4, ValueHeadDim = 6,
            StateFormat = NumberFormat.Fp32 },
        2 => new LightningAttention { Heads = 4, HeadDim = 4 },
        3 => new Mamba2 { Heads = 8, HeadDim = 3, Groups = Pick(random, 1, 2, 4), StateSize = 5 },
        4 => new Mamba1 { Inner = 24, StateSize = 3, TimeStepRank = 2, ProjectionBias = random.Next(2) == 0 },
        5 => Grouped(random) with { Window = random.Next(1, 20) },
        6 => Grouped(random) with { Chunk = random.Next(1, 20) },
        7 => new KimiDeltaAttention { Heads = 4, HeadDim = 6, ConvolutionKernel = random.Next(2, 5) },
        8 => new ShortConvolution { Channels = Pick(random, 16, 24), Bias = random.Next(2) == 0 },
        _ => attention,
    };

    private static GroupedAttention Grouped(Random random)
    {
        int heads = Pick(random, 4, 8, 12);
        return new GroupedAttention
        {
            Heads = heads,
            KvHeads = Pick(random, heads, heads / 2, heads / 4, 1),
            HeadDim = Pick(random, 4, 6),
            ValueDim = Pick(random, 0, 0, 5),
            QkNorm = Pick(random, QkNormKind.None, QkNormKind.PerHead, QkNormKind.Whole),
            QkvBias = random.Next(3) == 0,
            OutputBias = random.Next(3) == 0,
            Sinks = random.Next(4) == 0,
            OutputGate = random.Next(4) == 0,
            SharedKeyValue = random.Next(8) == 0,
        };
    }

    private static LatentAttention Latent(Random random)
    {
        SparseIndexer? indexer = random.Next(3) == 0 ? new SparseIndexer { Heads = 2, HeadDim = 4 } : null;
        return new LatentAttention
        {
            Heads = Pick(random, 4, 8, 12),
            QLoraRank = random.Next(2) == 0 ? null : 12,
            KvLoraRank = 8,
            QkNopeHeadDim = 4,
            QkRopeHeadDim = 2,
            VHeadDim = 6,
            Indexer = indexer,
            IndexTopK = indexer is null ? Pick(random, 0, 0, 7) : random.Next(1, 20),
        };
    }

    private static MoeFeedForward Moe(Random random, bool gated)
    {
        int shared = random.Next(3);
        bool beside = random.Next(4) == 0;
        return new MoeFeedForward
        {
            ExpertCount = Pick(random, 4, 8, 6),
            TopK = random.Next(1, 4),
            Ffn = Pick(random, 8, 12),
            Gated = gated,
            Bias = random.Next(4) == 0,
            RouterBias = random.Next(3) == 0,
            ScoreCorrection = random.Next(3) == 0,
            Groups = 2,
            GroupLimit = random.Next(2),
            SharedExperts = shared,
            SharedFfn = shared * 10,
            SharedGate = shared > 0 && random.Next(2) == 0,
            LatentWidth = Pick(random, 0, 0, 0, 10),
            Beside = beside ? new DenseFeedForward { Ffn = 24, Gated = gated } : null,
            BranchNorms = beside && random.Next(2) == 0,
            RouterScales = beside && random.Next(2) == 0,
        };
    }

    private static T Pick<T>(Random random, params ReadOnlySpan<T> choices) => choices[random.Next(choices.Length)];
}
