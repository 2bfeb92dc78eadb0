using ParallelDag.Graphs;
using ParallelDag.Looks;

namespace ParallelDag.Layouts;

/// <summary>
/// Where lines touch the upper and lower sides of nodes: places beside each other, counted from the left or the right end.
/// </summary>
internal sealed class Ports(Dag dag, Lanes lanes)
{
    /// <summary>Between two ports.</summary>
    public const double Spacing = 7;

    private readonly int[] _leftBelow = new int[dag.NodeCount], _rightBelow = new int[dag.NodeCount];
    private readonly int[] _leftAbove = new int[dag.NodeCount], _rightAbove = new int[dag.NodeCount];
    private readonly Dictionary<(int Bundle, int Node, bool Leaves), double> _shared = [];

    /// <summary>The part of a node's upper or lower side that lines may touch.</summary>
    public (double Low, double High) Range(int node, bool below)
    {
        double x = lanes.X[node], width = lanes.Width[node];
        return dag.FactsOf(node).Kind.ToShape() switch
        {
            NodeShape.Ellipse => (x + (width * 0.1), x + (width * 0.9)),
            NodeShape.Parallelogram => (x + (below ? 4 : DrawnNode.Slant + 4), x + width - (below ? DrawnNode.Slant + 4 : 4)),
            _ => (x + 5, x + width - 5),
        };
    }

    /// <summary>The next free port, counted from the left (-1) or right (1) end.</summary>
    public double Next(int node, bool below, int side)
    {
        (double low, double high) = Range(node, below);
        int[] used = (below, side) switch
        {
            (true, < 0) => _leftBelow,
            (true, _) => _rightBelow,
            (false, < 0) => _leftAbove,
            _ => _rightAbove,
        };
        double room = Math.Max(1, ((high - low) / 2) - Spacing);
        double offset = (used[node]++ * Spacing) % room;
        return side < 0 ? low + offset : high - offset;
    }

    /// <summary>The port by which all lines of a bundle leave or reach a node.</summary>
    public double Shared(int bundle, int node, int side, bool leaves)
    {
        if (!_shared.TryGetValue((bundle, node, leaves), out double x))
            _shared.Add((bundle, node, leaves), x = Next(node, below: leaves, side));
        return x;
    }

    /// <summary>Makes a port that of a bundle.</summary>
    public void Share(int bundle, int node, bool leaves, double x) => _shared.Add((bundle, node, leaves), x);
}
