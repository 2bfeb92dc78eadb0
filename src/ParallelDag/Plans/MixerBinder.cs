using ParallelDag.Documents;
using ParallelDag.Layers;
using ParallelDag.Precisions;

namespace ParallelDag.Plans;

/// <summary>Binds mixers of a model section: the default one from the section's own keys, others by name.</summary>
internal static class MixerBinder
{
    /// <summary>The attention of layers for which the pattern names no other mixer.</summary>
    public static Mixer Default(PlanBinder section)
    {
        int hidden = section.Int("hidden", 1);
        bool needed = !section.Mentions("pattern") || section.Mentions("heads");
        int heads = needed ? section.Int("heads") : section.Int("heads", 1);
        if (section.Section("mla") is PlanBinder mla)
        {
            Grouped(section, new GroupedAttention { Heads = heads, KvHeads = heads, HeadDim = 1 });
            return Latent(mla, heads);
        }

        int? headDim = section.OptionalInt("headDim");
        if (needed && headDim is null && (heads < 1 || hidden % heads != 0))
        {
            section.Fault(
                "heads", $"hidden {hidden} does not divide evenly over {heads} heads; choose heads that divide hidden, or give headDim");
        }

        int width = headDim ?? Math.Max(1, hidden / Math.Max(1, heads));
        return Grouped(section, new GroupedAttention { Heads = heads, KvHeads = heads, HeadDim = width });
    }

    /// <summary>A mixer of the <c>mixers</c> section; what an attention leaves out is as in <paramref name="basis"/>.</summary>
    public static Mixer Named(PlanBinder section, Mixer basis)
    {
        string kind = section.Choice(
            "kind",
            "attention",
            ("attention", "attention"),
            ("mla", "mla"),
            ("gatedDeltaNet", "gatedDeltaNet"),
            ("kimiDelta", "kimiDelta"),
            ("lightning", "lightning"),
            ("shortConvolution", "shortConvolution"),
            ("mamba2", "mamba2"),
            ("mamba", "mamba"));
        Mixer mixer = kind switch
        {
            "mla" => Latent(section, section.Int("heads", (basis as LatentAttention)?.Heads ?? 1)),
            "gatedDeltaNet" => new GatedDeltaNet
            {
                KeyHeads = section.Int("keyHeads"),
                ValueHeads = section.Int("valueHeads"),
                KeyHeadDim = section.Int("keyHeadDim"),
                ValueHeadDim = section.Int("valueHeadDim"),
                ConvolutionKernel = section.Int("convolution", 4),
                StateFormat = PrecisionBinder.Format(section, "stateFormat"),
            },
            "kimiDelta" => new KimiDeltaAttention
            {
                Heads = section.Int("heads"),
                HeadDim = section.Int("headDim"),
                ConvolutionKernel = section.Int("convolution", 4),
                StateFormat = PrecisionBinder.Format(section, "stateFormat") ?? NumberFormat.Fp32,
            },
            "lightning" => new LightningAttention
            {
                Heads = section.Int("heads"),
                HeadDim = section.Int("headDim"),
                StateFormat = PrecisionBinder.Format(section, "stateFormat") ?? NumberFormat.Fp32,
            },
            "shortConvolution" => new ShortConvolution
            {
                Channels = section.Int("channels"),
                ConvolutionKernel = section.Int("convolution", 3),
                Bias = section.Bool("bias", false),
            },
            "mamba2" => new Mamba2
            {
                Heads = section.Int("heads"),
                HeadDim = section.Int("headDim"),
                Groups = section.Int("groups"),
                StateSize = section.Int("state"),
                ConvolutionKernel = section.Int("convolution", 4),
                ConvolutionBias = section.Bool("convolutionBias", true),
                StateFormat = PrecisionBinder.Format(section, "stateFormat") ?? NumberFormat.Fp32,
            },
            "mamba" => new Mamba1
            {
                Inner = section.Int("inner"),
                StateSize = section.Int("state"),
                TimeStepRank = section.Int("timeStepRank"),
                ConvolutionKernel = section.Int("convolution", 4),
                ConvolutionBias = section.Bool("convolutionBias", true),
                ProjectionBias = section.Bool("projectionBias", false),
                ParameterNorms = section.Bool("parameterNorms", true),
                StateFormat = PrecisionBinder.Format(section, "stateFormat"),
            },
            _ => NamedAttention(section, basis as GroupedAttention),
        };
        section.RefuseUnknownKeys();
        return mixer;
    }

    private static GroupedAttention NamedAttention(PlanBinder section, GroupedAttention? usual)
    {
        GroupedAttention start = usual
            ?? new GroupedAttention { Heads = section.Int("heads"), KvHeads = section.Int("heads", 1), HeadDim = section.Int("headDim") };
        int heads = section.Int("heads", start.Heads);
        return Grouped(section, start with { Heads = heads });
    }

    private static GroupedAttention Grouped(PlanBinder section, GroupedAttention basis) => basis with
    {
        KvHeads = section.Int("kvHeads", basis.KvHeads),
        HeadDim = section.OptionalInt("headDim") ?? basis.HeadDim,
        ValueDim = section.Int("valueDim", basis.ValueDim == basis.HeadDim ? 0 : basis.ValueDim),
        QkNorm = section.Choice(
            "qkNorm",
            basis.QkNorm,
            ("false", QkNormKind.None),
            ("true", QkNormKind.PerHead),
            ("perHead", QkNormKind.PerHead),
            ("whole", QkNormKind.Whole)),
        QkvBias = section.Bool("qkvBias", basis.QkvBias),
        OutputBias = section.Bool("outputBias", basis.OutputBias),
        Sinks = section.Bool("sinks", basis.Sinks),
        OutputGate = section.Bool("outputGate", basis.OutputGate),
        SharedKeyValue = section.Bool("sharedKeyValue", basis.SharedKeyValue),
        Window = section.Int("window", basis.Window),
        Chunk = section.Int("chunk", basis.Chunk),
    };

    private static LatentAttention Latent(PlanBinder section, int heads)
    {
        PlanBinder? indexer = section.Section("indexer");
        var latent = new LatentAttention
        {
            Heads = heads,
            QLoraRank = section.OptionalInt("qLoraRank"),
            KvLoraRank = section.Int("kvLoraRank"),
            QkNopeHeadDim = section.Int("qkNopeHeadDim"),
            QkRopeHeadDim = section.Int("qkRopeHeadDim"),
            VHeadDim = section.Int("vHeadDim"),
            IndexTopK = section.Int("indexTopK", 0),
            Indexer = indexer is null ? null : new SparseIndexer { Heads = indexer.Int("heads"), HeadDim = indexer.Int("headDim") },
        };
        indexer?.RefuseUnknownKeys();
        section.RefuseUnknownKeys();
        return latent;
    }
}
