using ParallelDag.Documents;
using ParallelDag.Layers;
using ParallelDag.Models;
using ParallelDag.Precisions;
using ParallelDag.Wording;

namespace ParallelDag.Plans;

/// <summary>
/// Binds the <c>model</c> section of a plan: a path to a config.json, a config with overrides beside it, or the layers written by hand. By
/// hand a model has a
/// default mixer (attention), a default feed-forward part (experts behind the leading dense layers, else dense), others by name, and a
/// pattern of both that
/// repeats over the layers.
/// </summary>
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
        if (!section.Mentions("config"))
            return BindLayers(section, log, out dense);
        if (section.Find("config") is DocumentScalar config)
            return ReadConfig(config, log, folder) is ModelSpec model
                ? ModelOverrides.Apply(model, section, (DocumentMap)plan.Find("model")!, log) : null;
        section.Fault("config", "model.config must be the path of a config.json");
        return null;
    }

    /// <summary>A model written by hand.</summary>
    public static ModelSpec? BindLayers(PlanBinder section, BindingLog log, out DenseFeedForward? dense)
    {
        int faults = log.Problems.Count;
        section.Find("config");
        Mixer attention = MixerBinder.Default(section);
        bool patterned = section.Mentions("pattern");
        DenseFeedForward declared = FeedForwardBinder.Dense(section, required: !patterned);
        dense = section.Mentions("ffn") ? declared : null;
        int leading = 0;
        MoeFeedForward? moe = section.Section("moe") is PlanBinder experts ? FeedForwardBinder.Moe(experts, declared, out leading) : null;
        NormKind norm = section.Choice("norm", NormKind.Rms, ("rms", NormKind.Rms), ("layer", NormKind.Layer),
            ("layerBias", NormKind.LayerBias));
        LayerStyle style = section.Choice(
            "style",
            LayerStyle.PreNorm,
            ("preNorm", LayerStyle.PreNorm),
            ("sandwichNorm", LayerStyle.SandwichNorm),
            ("postNorm", LayerStyle.PostNorm),
            ("parallel", LayerStyle.Parallel),
            ("parallelTwoNorms", LayerStyle.ParallelTwoNorms));
        int count = Count(section, "layers", 1), further = section.Int("multiTokenLayers", 0);
        FeedForward Usual(int layer) => moe is null || layer <= leading ? declared : moe;
        var pattern = new LayerPattern(section, attention, declared, moe);
        LayerSpec Layer(int layer)
        {
            (Mixer? mixer, FeedForward? feedForward) = pattern.At(layer, Usual(layer));
            return new LayerSpec { Mixer = mixer, FeedForward = feedForward, Norm = norm, Style = style };
        }

        var model = new ModelSpec
        {
            Hidden = section.Int("hidden"),
            Vocabulary = new VocabularySpec
            {
                Size = section.Int("vocab"),
                Tied = section.Bool("tiedEmbeddings", false),
                LearnedPositions = section.Int("learnedPositions", 0),
                HeadBias = section.Bool("headBias", false),
                Norm = norm,
            },
            Layers = ModelSpec.LayersOf(count, Layer),
            MultiTokenLayers = ModelSpec.LayersOf(Math.Clamp(further, 0, 64), _ => Layer(count)),
            Precision = PrecisionBinder.Bind(section),
        };
        if (further is < 0 or > 64)
            section.Fault("multiTokenLayers", Words.Invariant($"{further} is out of range; give 0 to 64"));
        section.RefuseUnknownKeys();
        return log.Problems.Count == faults ? model : null;
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
            {
                log.Add(problem.Position == default
                    ? new InputProblem(log.File, reference.Position, $"model {problem.File}: {problem.Message}") : problem);
            }

            return null;
        }
    }

    private static int Count(PlanBinder section, string key, int absent)
    {
        int value = section.Int(key);
        if (value is >= 1 and <= PlanValidator.MaxDegree)
            return value;
        section.Fault(key, Words.Invariant($"{value} is out of range; give 1 to {PlanValidator.MaxDegree}"));
        return absent;
    }
}
