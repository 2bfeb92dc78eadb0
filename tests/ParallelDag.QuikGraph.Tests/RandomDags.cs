using System.Text;
using ParallelDag.Readers;

namespace ParallelDag.QuikGraph.Tests;

/// <summary>Random graphs by seed, read as users read them: from DOT.</summary>
internal static class RandomDags
{
    /// <summary>A graph of up to 30 nodes, parallel edges and loops among them; without cycles when asked, its nodes then numbered at
    /// random.</summary>
    public static Dag Of(int seed, bool acyclic, bool parallelEdges = true)
    {
        var random = new Random(seed);
        int nodes = random.Next(1, 31), edges = random.Next(0, 3 * nodes);
        int[] number = [.. Enumerable.Range(0, nodes)];
        random.Shuffle(number);
        var seen = new HashSet<(int, int)>();
        var dot = new StringBuilder("digraph {\n");
        for (int i = 0; i < nodes; i++)
            dot.Append($"n{i}\n");
        for (int i = 0; i < edges; i++)
        {
            int a = random.Next(nodes), b = random.Next(nodes);
            if (acyclic && a == b)
                continue;
            if (acyclic && a > b)
                (a, b) = (b, a);
            if (!seen.Add((a, b)) && !parallelEdges)
                continue;
            dot.Append($"n{number[a]} -> n{number[b]}\n");
        }

        return DotReader.Read(dot.Append('}').ToString());
    }
}
