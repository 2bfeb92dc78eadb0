using ParallelDag.Formulas;
using ParallelDag.Meshes;
using ParallelDag.Operators;
using ParallelDag.Precisions;
using ParallelDag.Tensors;

namespace ParallelDag.Layers;

/// <summary>
/// A weight of routed experts: a rank holds a matrix for each of its copies, and a pass reads those of the copies that get a token.
/// </summary>
internal sealed class ExpertWeight(WeightSpec spec, NumberFormat format, DeviceMesh mesh, Axis tensorAxis, ExpertRouting routing)
    : PlacedWeight(spec, format, mesh, tensorAxis)
{
    public override IEnumerable<Axis> SplitAxes => base.SplitAxes.Append(Axis.Ep);

    internal override bool GrowsWithTokens => true;

    public override long Count(int rank) => routing.Computed(rank).Count;

    internal override IEnumerable<int> MatricesOf(int rank) => routing.Placement.CopiesOf(Ranks.Coordinate(rank, Axis.Ep));

    internal override T Touched<T>(int rank) => Matrices<T>(rank, routing.Computed(rank).Active);
}

/// <summary>Matrix products of routed experts: 2mkn for every matrix, where m is the tokens of each copy.</summary>
internal sealed class ExpertWork(ExpertRouting routing, IReadOnlyList<PlacedWeight> weights, ITensor tokens) : Work
{
    public override PeakRate Rate => weights[0].Format.Rate;

    internal override string Title => "matrix products of experts";

    internal override T Count<T>(int rank)
    {
        var elements = default(Sum<T>);
        foreach (PlacedWeight weight in weights)
        {
            if (!weight.Spec.IsVector)
                elements.Add(weight.MatrixElements<T>(rank));
        }

        return T.Of(2) * elements.Total * T.Of(routing.Computed(rank).Sum, "tokens of its experts");
    }

    /// <summary>Tokens of an expert that gets any, on average.</summary>
    public override double Extent(int rank) => routing.Computed(rank) is { Active: > 0 } counts ? (double)counts.Sum / counts.Active : 0;

    public override void Distinguish(RankClasses classes)
    {
        tokens.Distinguish(classes);
        foreach (PlacedWeight weight in weights)
            weight.Distinguish(classes);
    }
}
