using ParallelDag.Strategies;

namespace ParallelDag.Search;

/// <summary>Stages of a pipeline that are alike.</summary>
/// <param name="IsFirst">True with the entry.</param>
/// <param name="IsLast">True with the exit.</param>
/// <param name="LayersOfKind">Layers of each kind.</param>
/// <param name="Count">How many stages.</param>
internal sealed record StageKind(bool IsFirst, bool IsLast, int[] LayersOfKind, int Count)
{
    /// <summary>The kinds of stages of a pipeline, layers dealt out evenly.</summary>
    public static StageKind[] Of(ModelSpec model, int stages)
    {
        int[] layersPerStage = LayerSplit.Even(model.Layers.Count, stages);
        var kinds = new List<StageKind>();
        int layer = 0;
        for (int stage = 0; stage < layersPerStage.Length; stage++)
        {
            int[] layers = new int[model.LayerKinds.Count];
            for (int end = layer + layersPerStage[stage]; layer < end; layer++)
                layers[model.KindOfLayer[layer]]++;
            var own = new StageKind(stage == 0, stage == layersPerStage.Length - 1, layers, 1);
            int same = kinds.FindIndex(kind => kind.IsFirst == own.IsFirst && kind.IsLast == own.IsLast
                && kind.LayersOfKind.SequenceEqual(layers));
            if (same < 0)
                kinds.Add(own);
            else
                kinds[same] = kinds[same] with { Count = kinds[same].Count + 1 };
        }

        return [.. kinds];
    }
}
