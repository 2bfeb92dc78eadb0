using ParallelDag.Graphs;
using ParallelDag.Graphs.Algorithms;
using ParallelDag.Layouts.Slides;

namespace ParallelDag.Layouts;

/// <summary>
/// Lays a DAG out: time runs down, GPU lanes run across. Phases stand side by side, in them stages, in these the layers below each
/// other; shards of an operator stand beside each other in order of their first GPU, and what joins them spans their lanes.
/// The method is Sugiyama's (layers, order, coordinates, routes) with the first three read off what the nodes mean.
/// O(V + E) time and space, apart from sorting within rows and channels. The same DAG gives the same drawing, to the last digit.
/// </summary>
public static class DagLayout
{
    /// <summary>Arranges <paramref name="dag"/>.</summary>
    /// <exception cref="InputException">The options leave nothing to draw.</exception>
    public static Drawing Arrange(Dag dag, DrawingOptions? options = null, CancellationToken cancellation = default)
    {
        options ??= new DrawingOptions();
        IReadOnlyList<DrawingMark> marks = options.Marks ?? CycleMarks(dag, cancellation);
        int[] order = ForwardOrder.Compute(dag.Topology, cancellation);
        int[] position = new int[order.Length];
        for (int i = 0; i < order.Length; i++)
            position[order[i]] = i;

        bool[] visible = Select(dag, options);
        List<StageGroup> groups = Bands.Group(dag, visible, order, position);
        if (groups.Count == 0)
            return new Drawing(dag, [], [], [], []) { Width = 640, Height = 80, HeaderHeight = 60 };
        bool folds = options.Folding != Folding.Never && (options.Folding == Folding.Always
            || (options.Layers is null && visible.Count(shown => shown) > Math.Min(options.FoldsAbove, MostDrawn(dag))));
        int[] nodeMarks = MarksOf(marks, mark => mark.Nodes, dag.NodeCount), edgeMarks = MarksOf(marks, mark => mark.Edges, dag.EdgeCount);
        if (dag.Detail == DetailLevel.Overview && options.Folding != Folding.Never
            && SlideLayout.TryArrange(dag, visible, order, position, folds, marks, nodeMarks, edgeMarks) is Drawing slide)
            return slide;
        var runs = new List<FoldedRun>();
        int[]? standIn = folds ? LayerFolding.Fold(dag, groups, visible, runs) : null;
        var words = new Dictionary<int, string[]>();
        if (standIn is not null)
        {
            GroupFolding.Fold(dag, groups, visible, standIn, runs);
            words = ShardFolding.Fold(dag, groups, visible, standIn, runs);
        }

        cancellation.ThrowIfCancellationRequested();

        var lanes = new Lanes(dag, new NodeLabels(dag, marks, words), nodeMarks);
        List<Column> columns = ArrangeColumns(dag, groups, order, position, lanes);
        cancellation.ThrowIfCancellationRequested();

        var rowOf = new Row[dag.NodeCount];
        foreach (Column column in columns)
        {
            foreach (Row row in column.Rows)
            {
                foreach (int node in row.Nodes)
                    rowOf[node] = row;
            }
        }

        var routing = new Routing(dag, lanes, columns, rowOf);
        AddEdges(dag, columns, routing, rowOf, standIn, edgeMarks, cancellation);
        return new Composition(dag, columns, rowOf, lanes, routing, marks, nodeMarks, runs).Compose();
    }

    /// <summary>An overview has few boxes, and those of all stages are mostly alike: it is folded earlier.</summary>
    private static int MostDrawn(Dag dag) => dag.Detail == DetailLevel.Overview ? DrawingOptions.ReadableBlocks : int.MaxValue;

    private static DrawingMark[] CycleMarks(Dag dag, CancellationToken cancellation)
    {
        int[] cycle = CycleSearch.Find(dag.Topology, cancellation);
        return cycle.Length == 0 ? [] : [new DrawingMark("PD001", "no cycle", [.. cycle.Select(dag.Topology.SourceOf)], cycle)];
    }

    private static bool[] Select(Dag dag, DrawingOptions options)
    {
        bool[] visible = new bool[dag.NodeCount];
        bool any = false;
        for (int node = 0; node < visible.Length; node++)
        {
            NodeScope scope = dag.ScopeOf(node);
            visible[node] = (options.Phase is null || scope.Phase?.Kind == options.Phase)
                && (options.Stage is null || scope.Stage == options.Stage)
                && (options.Layers is not (int first, int last)
                    || (Bands.LayerOf(scope) is int layer and > 0 && layer >= first && layer <= last));
            any |= visible[node];
        }

        if (!any && visible.Length > 0)
            throw new InputException(
                "no node is in the phase, stage and layers asked for; ask for fewer, or see what there is with 'describe'");
        return visible;
    }

    // The first mark of each node or edge, or -1.
    private static int[] MarksOf(IReadOnlyList<DrawingMark> marks, Func<DrawingMark, IReadOnlyCollection<int>> members, int count)
    {
        int[] result = new int[count];
        Array.Fill(result, -1);
        for (int mark = marks.Count - 1; mark >= 0; mark--)
        {
            foreach (int member in members(marks[mark]))
                result[member] = mark;
        }

        return result;
    }

    private static List<Column> ArrangeColumns(Dag dag, List<StageGroup> groups, int[] order, int[] position, Lanes lanes)
    {
        var ordering = new Ordering(dag, position);
        var headings = new Headings(dag);
        var phases = new List<PhaseRows>();
        int phaseCount = groups.Select(group => group.Phase).Distinct().Count();
        foreach (IGrouping<PhaseId?, StageGroup> phase in groups.GroupBy(group => group.Phase))
        {
            List<Segment> segments = [.. phase.SelectMany(group => group.Segments)];
            List<(Segment Segment, List<int[]> Rows)> ordered = ordering.Arrange(segments, order, out int laneCount);
            double width = laneCount * lanes.LaneWidth(ordered.SelectMany(entry => entry.Rows), laneCount,
                dag.Detail == DetailLevel.Overview && Lanes.NeedsShelves(phaseCount, groups.Count) ? phase.Count() : groups.Count);
            Dictionary<Segment, List<int[]>> rowsOf = ordered.ToDictionary(entry => entry.Segment, entry => entry.Rows);
            var stages = new List<StageRows>();
            foreach (StageGroup group in phase)
            {
                var rows = new List<Row>();
                foreach (Segment segment in group.Segments)
                {
                    if (segment.Layers is not null)
                        rows.Add(Headings.ForLayers(group, segment, width));
                    bool named = segment.Section == Section.Layer && segment.Layers is null;
                    foreach (int[] nodes in rowsOf[segment])
                    {
                        double height = lanes.Place(nodes, width);
                        if (named && nodes == rowsOf[segment][0])
                            height = Math.Max(height, Headings.StripHeight);
                        rows.Add(new Row { Kind = RowKind.Nodes, Group = group, Segment = segment, Nodes = nodes, Height = height });
                    }

                    if (segment.Fold is not null)
                        rows.Add(Headings.ForFold(group, segment, width));
                }

                stages.Add(new StageRows(group, rows));
            }

            phases.Add(new PhaseRows(phase.Key, width, stages));
        }

        // So few stages would make a strip; they are broken as the layers of other pictures are.
        const int Strip = 3;
        return dag.Detail == DetailLevel.Overview && groups.Count > Strip
            ? Columns.OnePerStage(phases, Lanes.NeedsShelves(phaseCount, groups.Count), Heading)
            : Columns.Break(phases, Heading);

        Row Heading(StageGroup group, bool continued, double width) => headings.ForStage(group, continued, width);
    }

    private static void AddEdges(Dag dag, List<Column> columns, Routing routing, Row?[] rowOf, int[]? standIn, int[] edgeMarks,
        CancellationToken cancellation)
    {
        // Folded nodes, listed with the node that stands for them.
        var followers = new Dictionary<int, List<int>>();
        for (int node = 0; standIn is not null && node < standIn.Length; node++)
        {
            if (standIn[node] < 0)
                continue;
            if (!followers.TryGetValue(standIn[node], out List<int>? list))
                followers.Add(standIn[node], list = []);
            list.Add(node);
        }

        var edges = new List<(int Edge, int Target, int Mark)>();
        var drawn = new HashSet<(int Target, EdgeKind Kind)>();
        foreach (int source in columns.SelectMany(column => column.Rows).SelectMany(row => row.Nodes))
        {
            cancellation.ThrowIfCancellationRequested();
            edges.Clear();
            Collect(source, once: false);
            if (followers.TryGetValue(source, out List<int>? folded))
            {
                drawn.Clear();
                foreach ((int edge, int target, _) in edges)
                    drawn.Add((target, dag.Topology.KindOf(edge)));
                foreach (int node in folded)
                    Collect(node, once: true);
            }

            routing.Add(source, System.Runtime.InteropServices.CollectionsMarshal.AsSpan(edges));
        }

        void Collect(int node, bool once)
        {
            int first = dag.Topology.FirstEdge(node);
            for (int i = 0; i < dag.Topology.OutDegree(node); i++)
            {
                int target = dag.Topology.TargetOf(first + i);
                if (rowOf[target] is not null && (!once || drawn.Add((target, dag.Topology.KindOf(first + i)))))
                    edges.Add((first + i, target, edgeMarks[first + i]));
            }
        }
    }
}
