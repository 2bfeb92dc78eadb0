using ParallelDag.Graphs;
using ParallelDag.Looks;

namespace ParallelDag.Layouts;

/// <summary>
/// Gives every node its lanes. A phase has as many lanes as its widest row has nodes; a row of n nodes divides all of them by n, so that
/// shards stand side by side in lanes that line up from row to row, and a node that joins shards (a collective) spans their lanes.
/// A row is as high as its highest label. O(V).
/// </summary>
internal sealed class Lanes
{
    /// <summary>Space between neighbours in a row.</summary>
    public const double Gap = 20;

    private const double Narrowest = 62;

    private const double Widest = 250;

    private const double WidestAlone = 360;

    private const double WidestOverview = 400;

    /// <summary>The width that an overview should not pass by much, so that it can be read on a slide.</summary>
    private const double SlideWidth = 2000;

    /// <summary>The width of what stands beside the lane of a column in an overview.</summary>
    private const double Surroundings = 76;

    private const double NarrowestOverview = 170;

    private readonly Dag _dag;
    private readonly NodeLabels _labels;
    private readonly int[] _marks;

    public Lanes(Dag dag, NodeLabels labels, int[] marks)
    {
        _dag = dag;
        _labels = labels;
        _marks = marks;
        X = new double[dag.NodeCount];
        Width = new double[dag.NodeCount];
        Labels = new NodeLabel[dag.NodeCount];
    }

    /// <summary>The left side of each node, from the left end of the lanes.</summary>
    public double[] X { get; }

    /// <summary>The width of each node.</summary>
    public double[] Width { get; }

    /// <summary>The label of each node.</summary>
    public NodeLabel[] Labels { get; }

    /// <summary>
    /// The width of one lane: what the labels of the fullest rows ask for, within limits; in an overview, what lets
    /// <paramref name="columns"/> columns fit the width of a slide.
    /// </summary>
    public double LaneWidth(IEnumerable<int[]> rows, int lanes, int columns)
    {
        var seen = new HashSet<int>();
        double natural = Narrowest;
        foreach (int[] row in rows)
        {
            foreach (int node in row)
            {
                if (seen.Add(_dag.FactsColumn[node]))
                    natural = Math.Max(natural, (_labels.NaturalWidth(_dag.FactsColumn[node]) + Gap) * row.Length / lanes);
            }
        }

        double limit = lanes > 1 ? Widest
            : _dag.Detail == DetailLevel.Overview ? Math.Clamp((SlideWidth / columns) - Surroundings, NarrowestOverview, WidestOverview)
            : WidestAlone;
        return Math.Min(natural, limit);
    }

    /// <summary>
    /// True when the stages of an overview do not fit beside each other on a slide, so that each of two phases gets a shelf.
    /// </summary>
    public static bool NeedsShelves(int phases, int columns) => phases == 2 && (SlideWidth / columns) - Surroundings < NarrowestOverview;

    /// <summary>Places the nodes of a row and returns its height.</summary>
    public double Place(int[] row, double lanesWidth)
    {
        double share = lanesWidth / row.Length, height = 0;
        for (int i = 0; i < row.Length; i++)
        {
            int node = row[i];
            X[node] = (i * share) + (Gap / 2);
            Width[node] = share - Gap;
            NodeLabel label = _labels.For(node, Width[node], _marks[node]);
            Labels[node] = label;
            height = Math.Max(height, NodeLabels.HeightAround(label, _dag.FactsOf(node).Kind.ToShape(), Width[node]));
        }

        return height;
    }
}
