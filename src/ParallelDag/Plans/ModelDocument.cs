using ParallelDag.Documents;
using ParallelDag.Layers;
using ParallelDag.Precisions;
using static ParallelDag.Plans.PlanDocument;

namespace ParallelDag.Plans;

/// <summary>
/// Writes a model as the <c>model</c> section that <see cref="ModelBinder"/> reads: alike layers in the section's own keys, others as named
/// mixers and
/// feed-forward parts with a pattern. Reading what was written gives an equal model.
/// </summary>
internal static class ModelDocument
{
    /// <summary>True for a model that a plan file cannot state: some of its modules keep formats of their own.</summary>
    public static bool BeyondPlanFiles(ModelSpec model) => Write(model) is null;

    /// <summary>The section.</summary>
    /// <exception cref="InputException">The model has properties that only a config.json can state.</exception>
    public static DocumentMap From(ModelSpec model) => Write(model) ?? throw new InputException(
        "the model has modules that keep formats of their own, which a plan file cannot state; "
        + "keep its config.json and name it: model: ./config.json");

    /// <summary>The section, or null for a model that it cannot state.</summary>
    public static DocumentMap? Write(ModelSpec model)
    {
        var writer = new ModelParts(model);
        DocumentMap map = Map(
        [
            ("layers", Number(model.Layers.Count)),
            ("hidden", Number(model.Hidden)),
            .. writer.Attention(),
            .. writer.FeedForward(),
            ("vocab", Number(model.Vocabulary.Size)),
            ("tiedEmbeddings", model.Vocabulary.Tied ? Flag(true) : null),
            ("learnedPositions", model.Vocabulary.LearnedPositions == 0 ? null : Number(model.Vocabulary.LearnedPositions)),
            ("headBias", model.Vocabulary.HeadBias ? Flag(true) : null),
            ("norm", model.Vocabulary.Norm == NormKind.Rms ? null : Name(model.Vocabulary.Norm)),
            ("style", model.LayerKinds[0].Style == LayerStyle.PreNorm ? null : Name(model.LayerKinds[0].Style)),
            .. Formats(model.Precision),
            .. writer.Pattern(),
            ("multiTokenLayers", model.MultiTokenLayers.Count == 0 ? null : Number(model.MultiTokenLayers.Count)),
        ]);
        var log = new BindingLog(null);
        return ModelBinder.Bind(new PlanBinder(Map(("model", map)), "", log), log, null, out _) is ModelSpec read && Same(read, model)
            ? map : null;
    }

    // What a config did not count is told of the config, not of the model; copies of the ends are a matter of its checkpoint.
    private static bool Same(ModelSpec read, ModelSpec model) =>
        read == model with { NotCounted = [], MultiTokenLayersStoreEnds = false };

    private static (string, DocumentNode?)[] Formats(Precision precision)
    {
        DocumentScalar? Named(NumberFormat format, NumberFormat absent) => format == absent ? null : Text(format.Name);
        NumberFormat start = precision.Base;
        Precision basis = Precision.Of(start);
        DocumentMap formats = Map(
            ("weights", Named(precision.Weights, basis.Weights)),
            ("experts", Named(precision.Experts, precision.Weights)),
            ("activations", Named(precision.Activations, basis.Activations)),
            ("kvCache", Named(precision.KvCache, precision.Activations)),
            ("dispatch", Named(precision.Dispatch, precision.Activations)),
            ("combine", Named(precision.Combine, precision.Activations)));
        return
        [
            ("dtype", start == NumberFormat.Bf16 ? null : Text(start.Name)),
            ("precision", formats.Entries.Count == 0 ? null : formats),
        ];
    }
}
