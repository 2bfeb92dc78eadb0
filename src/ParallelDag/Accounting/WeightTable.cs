using ParallelDag.Operators;
using ParallelDag.Precisions;

namespace ParallelDag.Accounting;

/// <summary>Weights of one class in one format.</summary>
/// <param name="Class">What they are for.</param>
/// <param name="Format">How they are stored.</param>
/// <param name="Parameters">Elements.</param>
/// <param name="Bytes">Bytes, scales included.</param>
public sealed record WeightRow(WeightClass Class, NumberFormat Format, long Parameters, long Bytes);

/// <summary>A model's weights by class and format, without multi-token layers.</summary>
public static class WeightTable
{
    /// <summary>Bytes of all rows.</summary>
    /// <exception cref="OverflowException">More than 2^63-1.</exception>
    public static long Bytes(IReadOnlyList<WeightRow> rows)
    {
        long sum = 0;
        foreach (WeightRow row in rows)
            sum = checked(sum + row.Bytes);
        return sum;
    }

    /// <summary>
    /// The rows in the order of classes, then of formats as layers bring them. Bytes sum to <see cref="ModelSize.WeightBytes"/>.
    /// </summary>
    /// <exception cref="OverflowException">More than 2^63-1 of anything.</exception>
    public static IReadOnlyList<WeightRow> Of(ModelSpec model)
    {
        var rows = new List<WeightRow>();
        void Add(WeightSpec weight, NumberFormat format, long times)
        {
            int index = rows.FindIndex(row => row.Class == weight.Class && row.Format == format);
            if (index < 0)
                rows.Add(new WeightRow(weight.Class, format, 0, 0));
            WeightRow row = rows[index < 0 ? ^1 : index];
            rows[index < 0 ? ^1 : index] = row with
            {
                Parameters = checked(row.Parameters + (weight.Elements * times)),
                Bytes = checked(row.Bytes + (weight.Bytes(format) * times)),
            };
        }

        for (int kind = 0; kind < model.LayerKinds.Count; kind++)
        {
            int times = model.KindOfLayer.Count(other => other == kind);
            foreach (WeightSpec weight in model.LayerKinds[kind].Weights(model.Hidden))
                Add(weight, model.LayerKinds[kind].FormatOf(weight, model.Precision), times);
        }

        foreach (WeightSpec weight in model.Vocabulary.EmbeddingWeights(model.Hidden).Concat(model.Vocabulary.HeadWeights(model.Hidden)))
            Add(weight, model.Precision.Base, 1);
        return [.. rows.OrderBy(row => row.Class)];
    }
}
