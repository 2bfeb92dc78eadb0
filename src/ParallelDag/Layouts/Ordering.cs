using ParallelDag.Graphs;

namespace ParallelDag.Layouts;

/// <summary>
/// Puts the nodes of each segment into rows and orders every row from left to right.
/// </summary>
/// <remarks>
/// <para>Rows: level(v) = 0 without predecessors in the segment, else 1 + the highest level among them, as in the layering by longest
/// path (Sugiyama, Tagawa, Toda, 1981). The shards of an operator have one level, so a row is an operator; where several operators share
/// a level they share a row as long as it does not get wider than the widest operator.</para>
/// <para>Order: by first GPU. Nodes without GPUs go below the middle of their predecessors, in two sweeps down and one up
/// (the barycentre method).</para>
/// <para>O(V + E) plus sorting each row.</para>
/// </remarks>
internal sealed class Ordering
{
    private readonly Dag _dag;
    private readonly int[] _position;
    private readonly int[] _opOrder;
    private readonly int[] _segmentOf;

    // The middle of each node in its row, from 0 to 1.
    private readonly double[] _middle;

    public Ordering(Dag dag, int[] position)
    {
        _dag = dag;
        _position = position;
        _segmentOf = new int[dag.NodeCount];
        _middle = new double[dag.NodeCount];
        var ops = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (string op in Ops.All)
            ops.TryAdd(op, ops.Count);
        _opOrder = new int[dag.FactsTable.Length];
        for (int facts = 0; facts < _opOrder.Length; facts++)
        {
            string? op = dag.FactsTable[facts].Op;
            if (op is not null && !ops.ContainsKey(op))
                ops.Add(op, ops.Count);
            _opOrder[facts] = op is null ? -1 : ops[op];
        }
    }

    /// <summary>The rows of every segment, ordered, and the number of lanes of each phase.</summary>
    public List<(Segment Segment, List<int[]> Rows)> Arrange(IReadOnlyList<Segment> segments, int[] order, out int lanes)
    {
        for (int segment = 0; segment < segments.Count; segment++)
        {
            foreach (int node in segments[segment].Nodes)
                _segmentOf[node] = segment + 1;
        }

        int[] level = Levels(order);
        var operators = segments.Select(segment => SplitByOperator(segment, level)).ToList();
        lanes = Math.Max(1, operators.Max(list => list.Max(part => part.Count)));
        var result = new List<(Segment Segment, List<int[]> Rows)>();
        for (int segment = 0; segment < segments.Count; segment++)
            result.Add((segments[segment], Merge(operators[segment], level, lanes)));
        var all = result.SelectMany(entry => entry.Rows).ToList();
        foreach (int[] row in all)
            Place(row);
        if (all.Exists(row => Array.Exists(row, node => _dag.GpusOf(node) is null)))
            Sweep(all);
        foreach (Segment segment in segments)
        {
            foreach (int node in segment.Nodes)
                _segmentOf[node] = 0;
        }

        return result;
    }

    private int[] Levels(int[] order)
    {
        int[] level = new int[_dag.NodeCount];
        foreach (int node in order)
        {
            if (_segmentOf[node] == 0)
                continue;
            foreach (int link in _dag.Topology.Out(node))
            {
                int target = Topology.Node(link);
                if (Topology.Kind(link) != EdgeKind.Order && _segmentOf[target] == _segmentOf[node] && _position[target] > _position[node])
                    level[target] = Math.Max(level[target], level[node] + 1);
            }
        }

        return level;
    }

    private List<List<int>> SplitByOperator(Segment segment, int[] level)
    {
        var parts = new SortedDictionary<(int Level, int Op), List<int>>();
        foreach (int node in segment.Nodes)
        {
            var key = (level[node], _opOrder[_dag.FactsColumn[node]]);
            if (!parts.TryGetValue(key, out List<int>? part))
                parts.Add(key, part = []);
            part.Add(node);
        }

        return [.. parts.Values];
    }

    private List<int[]> Merge(List<List<int>> operators, int[] level, int lanes)
    {
        var rows = new List<int[]>();
        var row = new List<int>();
        foreach (List<int> part in operators)
        {
            part.Sort(CompareByGpu);
            if (row.Count > 0 && (level[row[0]] != level[part[0]] || row.Count + part.Count > lanes))
            {
                rows.Add([.. row]);
                row.Clear();
            }

            row.AddRange(part);
        }

        if (row.Count > 0)
            rows.Add([.. row]);
        return rows;
    }

    private int CompareByGpu(int a, int b)
    {
        GpuSet? first = _dag.GpusOf(a), second = _dag.GpusOf(b);
        int byGpu = first is null ? (second is null ? 0 : 1) : second is null ? -1 : first.CompareTo(second);
        return byGpu != 0 ? byGpu : a.CompareTo(b);
    }

    private void Place(int[] row)
    {
        for (int i = 0; i < row.Length; i++)
            _middle[row[i]] = (i + 0.5) / row.Length;
    }

    private void Sweep(List<int[]> rows)
    {
        for (int sweep = 0; sweep < 3; sweep++)
        {
            bool down = sweep != 1;
            for (int i = 0; i < rows.Count; i++)
            {
                int[] row = rows[down ? i : rows.Count - 1 - i];
                if (row.Length < 2 || !Array.Exists(row, node => _dag.GpusOf(node) is null))
                    continue;
                double[] keys = new double[row.Length];
                for (int k = 0; k < row.Length; k++)
                    keys[k] = Barycentre(row[k], down);
                int[] places = [.. Enumerable.Range(0, row.Length)];
                Array.Sort(places, (a, b) => keys[a] != keys[b] ? keys[a].CompareTo(keys[b]) : a.CompareTo(b));
                int[] before = [.. row];
                for (int k = 0; k < row.Length; k++)
                    row[k] = before[places[k]];
                Place(row);
            }
        }
    }

    // The mean of the neighbours' middles; the node's own middle where it has none.
    private double Barycentre(int node, bool down)
    {
        double sum = 0;
        int count = 0;
        foreach (int link in down ? _dag.Topology.In(node) : _dag.Topology.Out(node))
        {
            int other = Topology.Node(link);
            bool isBefore = _position[other] < _position[node];
            if (_segmentOf[other] == 0 || isBefore != down)
                continue;
            sum += _middle[other];
            count++;
        }

        return count == 0 ? _middle[node] : sum / count;
    }
}
