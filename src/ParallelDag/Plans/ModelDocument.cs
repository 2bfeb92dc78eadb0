using ParallelDag.Documents;
using ParallelDag.Layers;
using ParallelDag.Precisions;
using static ParallelDag.Plans.PlanDocument;

namespace ParallelDag.Plans;

/// <summary>Writes a model as the <c>model</c> section that <see cref="ModelBinder"/> reads.</summary>
internal static class ModelDocument
{
    /// <summary>True for a model that a plan file cannot state.</summary>
    public static bool BeyondPlanFiles(ModelSpec model) => Simple(model) is null;

    /// <summary>The section.</summary>
    /// <exception cref="InputException">The model has properties that only a config.json can state.</exception>
    public static DocumentMap From(ModelSpec model) => Simple(model)
        ?? throw new InputException(
            "the model has properties that a plan file cannot state; keep its config.json and name it: model: ./config.json");

    private static DocumentMap? Simple(ModelSpec model)
    {
        LayerSpec first = model.LayerKinds[0];
        var dense = model.LayerKinds.Select(layer => layer.FeedForward).OfType<DenseFeedForward>().FirstOrDefault();
        MoeFeedForward? moe = model.Experts;
        int leading = model.Layers.TakeWhile(layer => !layer.HasExperts).Count();
        int ffn = dense?.Ffn ?? moe!.Ffn;
        DocumentMap map = Map([
            ("layers", Number(model.Layers.Count)),
            ("hidden", Number(model.Hidden)),
            .. Attention(first.Mixer, model.Hidden),
            ("ffn", Number(ffn)),
            ("gatedFfn", (dense?.Gated ?? moe!.Gated) ? null : Flag(false)),
            ("vocab", Number(model.Vocabulary.Size)),
            ("tiedEmbeddings", model.Vocabulary.Tied ? Flag(true) : null),
            ("dtype", model.Precision.Weights == NumberFormat.Bf16 ? null : Text(model.Precision.Weights.Name)),
            ("moe", moe is null ? null : Map(
                ("experts", Number(moe.ExpertCount)),
                ("topK", Number(moe.TopK)),
                ("ffn", moe.Ffn == ffn ? null : Number(moe.Ffn)),
                ("sharedExperts", moe.SharedExperts == 0 ? null : Number(moe.SharedExperts)),
                ("firstDenseLayers", leading == 0 ? null : Number(leading)),
                ("routerBias", moe.RouterBias ? Flag(true) : null))),
        ]);
        var log = new BindingLog(null);
        return ModelBinder.Bind(new PlanBinder(Map(("model", map)), "", log), log, null, out _) is ModelSpec read && read == model ? map
            : null;
    }

    private static (string, DocumentNode?)[] Attention(Mixer? mixer, int hidden) => mixer switch
    {
        GroupedAttention grouped =>
        [
            ("heads", Number(grouped.Heads)),
            ("kvHeads", grouped.KvHeads == grouped.Heads ? null : Number(grouped.KvHeads)),
            ("headDim", (long)grouped.HeadDim * grouped.Heads == hidden ? null : Number(grouped.HeadDim)),
            ("qkNorm", grouped.QkNorm == QkNormKind.PerHead ? Flag(true) : null),
        ],
        LatentAttention latent =>
        [
            ("heads", Number(latent.Heads)),
            ("mla", Map(
                ("qLoraRank", latent.QLoraRank is int rank ? Number(rank) : null),
                ("kvLoraRank", Number(latent.KvLoraRank)),
                ("qkNopeHeadDim", Number(latent.QkNopeHeadDim)),
                ("qkRopeHeadDim", Number(latent.QkRopeHeadDim)),
                ("vHeadDim", Number(latent.VHeadDim)))),
        ],
        _ => [],
    };
}
