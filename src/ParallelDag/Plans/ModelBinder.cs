using ParallelDag.Documents;
using ParallelDag.Layers;
using ParallelDag.Models;
using ParallelDag.Precisions;

namespace ParallelDag.Plans;

/// <summary>Binds the <c>model</c> section of a plan: a path to a config.json, or the layers written by hand.</summary>
internal static class ModelBinder
{
    /// <summary>The model; null when a fault was noted.</summary>
    /// <param name="plan">The plan's document.</param>
    /// <param name="log">Where faults go.</param>
    /// <param name="folder">The folder that a relative path starts from.</param>
    /// <param name="dense">The dense FFN that the section declares, whether or not a layer has it; null for a config.json.</param>
    public static ModelSpec? Bind(PlanBinder plan, BindingLog log, string? folder, out DenseFeedForward? dense)
    {
        dense = null;
        if (plan.Find("model") is DocumentScalar reference)
            return ReadConfig(reference, log, folder);
        if (PlanReader.Required(plan, "model", log) is not PlanBinder section)
            return null;
        Mixer mixer = BindMixer(section);
        int ffn = section.Int("ffn");
        bool gated = section.Bool("gatedFfn", true);
        DenseFeedForward declared = dense = new DenseFeedForward { Ffn = ffn, Gated = gated };
        (MoeFeedForward? moe, int leading) = BindMoe(section.Section("moe"), ffn, gated);
        int layers = BindLayers(section);
        var model = new ModelSpec
        {
            Hidden = section.Int("hidden"),
            Vocabulary = new VocabularySpec { Size = section.Int("vocab"), Tied = section.Bool("tiedEmbeddings", false) },
            Layers = ModelSpec.LayersOf(
                layers,
                layer => new LayerSpec { Mixer = mixer, FeedForward = moe is null || layer <= leading ? declared : moe }),
            Precision = Precision.Of(section.Choice(
                "dtype",
                NumberFormat.Bf16,
                ("bf16", NumberFormat.Bf16),
                ("fp16", NumberFormat.Fp16),
                ("fp32", NumberFormat.Fp32),
                ("fp8", NumberFormat.Fp8))),
        };
        section.RefuseUnknownKeys();
        return model;
    }

    private static ModelSpec? ReadConfig(DocumentScalar reference, BindingLog log, string? folder)
    {
        try
        {
            return HuggingFaceConfig.ReadFile(PlanReader.ConfigPath(reference, folder), reference.Text);
        }
        catch (InputException exception)
        {
            // The fault lies in the config, or in the reference to it when it could not be opened.
            foreach (InputProblem problem in exception.Problems)
                log.Add(problem.Position == default
                    ? new InputProblem(log.File, reference.Position, $"model {problem.File}: {problem.Message}") : problem);
            return null;
        }
    }

    private static Mixer BindMixer(PlanBinder section)
    {
        int hidden = section.Int("hidden"), heads = section.Int("heads"), kvHeads = section.Int("kvHeads", heads);
        int? headDim = section.OptionalInt("headDim");
        bool qkNorm = section.Bool("qkNorm", false);
        if (section.Section("mla") is PlanBinder mla)
        {
            var latent = new LatentAttention
            {
                Heads = heads,
                QLoraRank = mla.OptionalInt("qLoraRank"),
                KvLoraRank = mla.Int("kvLoraRank"),
                QkNopeHeadDim = mla.Int("qkNopeHeadDim"),
                QkRopeHeadDim = mla.Int("qkRopeHeadDim"),
                VHeadDim = mla.Int("vHeadDim"),
            };
            mla.RefuseUnknownKeys();
            return latent;
        }

        if (headDim is null && (heads < 1 || hidden % heads != 0))
            section.Fault("heads",
                $"hidden {hidden} does not divide evenly over {heads} heads; choose heads that divide hidden, or give headDim");
        return new GroupedAttention
        {
            Heads = heads,
            KvHeads = kvHeads,
            HeadDim = headDim ?? hidden / Math.Max(1, heads),
            QkNorm = qkNorm ? QkNormKind.PerHead : QkNormKind.None,
        };
    }

    private static (MoeFeedForward? Moe, int Leading) BindMoe(PlanBinder? section, int ffn, bool gated)
    {
        if (section is null)
            return (null, 0);
        int width = section.Int("ffn", ffn), shared = section.Int("sharedExperts", 0), leading = section.Int("firstDenseLayers", 0);
        var moe = new MoeFeedForward
        {
            ExpertCount = section.Int("experts"),
            TopK = section.Int("topK"),
            Ffn = width,
            Gated = gated,
            SharedExperts = shared,
            SharedFfn = (int)Math.Clamp((long)shared * width, 0, int.MaxValue),
            RouterBias = section.Bool("routerBias", false),
        };
        section.RefuseUnknownKeys();
        return (moe, leading);
    }

    private static int BindLayers(PlanBinder section)
    {
        int layers = section.Int("layers");
        if (layers is >= 1 and <= PlanValidator.MaxDegree)
            return layers;
        section.Fault("layers", FormattableString.Invariant($"{layers} is out of range; give 1 to {PlanValidator.MaxDegree}"));
        return 1;
    }
}
