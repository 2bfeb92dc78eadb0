using ParallelDag.Graphs;
using ParallelDag.Layouts;
using ParallelDag.Looks;

namespace ParallelDag.Tests.Layouts;

/// <summary>What holds for every picture, asserted over hundreds of generated DAGs.</summary>
public class DagLayoutTests
{
    private const double Tolerance = 0.01;

    /// <summary>Deployments of many shapes, foreign graphs with and without cycles.</summary>
    internal static IEnumerable<(string Name, Dag Dag)> Samples()
    {
        for (int seed = 0; seed < 60; seed++)
        {
            var random = new Random(seed);
            int pp = 1 + random.Next(4);
            var shape = new SampleShape(pp * (1 + random.Next(3)), pp, 1 << random.Next(3), 1 << random.Next(3), 1 << random.Next(2),
                random.Next(4) > 0, 1 + random.Next(2));
            yield return ($"deployment {seed}: {shape}", DagsToDraw.Deployment(shape));
        }

        for (int seed = 0; seed < 160; seed++)
        {
            var random = new Random(seed);
            int nodes = 1 + random.Next(60);
            yield return ($"foreign {seed}", DagsToDraw.Foreign(random, nodes, random.Next(nodes * 3), acyclic: seed % 2 == 0));
        }
    }

    private static readonly DrawingOptions Whole = new() { Folding = Folding.Never };

    // Each sample whole, and where something in it is alike, folded too.
    private static readonly Lazy<(string Name, Drawing Drawing)[]> Drawings = new(() =>
        [.. Samples().Select(sample => (sample.Name, DagLayout.Arrange(sample.Dag, Whole))), .. Samples()
            .Select(sample => ($"{sample.Name}, folded", DagLayout.Arrange(sample.Dag, Whole with { Folding = Folding.Always })))
            .Where(sample => sample.Item2.FoldedRuns.Count > 0)]);

    private static void ForEachDrawing(Action<string, Drawing> check)
    {
        Assert.True(Drawings.Value.Length >= 200);
        foreach ((string name, Drawing drawing) in Drawings.Value)
            check(name, drawing);
    }

    [Fact]
    public void No_two_boxes_overlap() => ForEachDrawing((name, drawing) =>
    {
        DrawnNode[] nodes = [.. drawing.Nodes.OrderBy(node => node.X)];
        for (int i = 0; i < nodes.Length; i++)
        {
            for (int j = i + 1; j < nodes.Length && nodes[j].X < nodes[i].X + nodes[i].Width; j++)
            {
                bool apart = nodes[j].Y >= nodes[i].Y + nodes[i].Height || nodes[i].Y >= nodes[j].Y + nodes[j].Height;
                if (!apart)
                    Assert.Fail($"{name}: {drawing.Dag.IdOf(nodes[i].Node)} and {drawing.Dag.IdOf(nodes[j].Node)} overlap");
            }
        }
    });

    [Fact]
    public void Micro_batches_of_different_stages_share_no_column()
    {
        int stages = 0;
        ForEachDrawing((name, drawing) =>
        {
            Dag dag = drawing.Dag;
            if (!drawing.Nodes.Any(node => dag.ScopeOf(node.Node).MicroBatch > 0))
                return;
            foreach (var phase in drawing.Nodes.Where(node => dag.ScopeOf(node.Node).Stage is not null)
                .GroupBy(node => dag.ScopeOf(node.Node).Phase))
            {
                (double Left, double Right, int Stage)[] extents = [.. phase.GroupBy(node => dag.ScopeOf(node.Node).Stage!.Value)
                    .Select(stage => (stage.Min(node => node.X), stage.Max(node => node.X + node.Width), stage.Key)).Order()];
                for (int i = 1; i < extents.Length; i++)
                {
                    Assert.True(extents[i].Left > extents[i - 1].Right, $"{name}: stage {extents[i].Stage} stands below another");
                    Assert.True(extents[i].Stage > extents[i - 1].Stage, $"{name}: stage {extents[i].Stage} is out of order");
                }

                stages += extents.Length - 1;
            }
        });
        Assert.True(stages > 50, $"{stages} stages beside others");
    }

    [Fact]
    public void Every_node_is_drawn_once() => ForEachDrawing((name, drawing) =>
    {
        if (drawing.FoldedRuns.Count > 0)
            return;
        Assert.Equal(Enumerable.Range(0, drawing.Dag.NodeCount), drawing.Nodes.Select(node => node.Node));
        Assert.Equal(Enumerable.Range(0, drawing.Dag.EdgeCount), drawing.Edges.Select(edge => edge.Edge));
    });

    [Fact]
    public void No_label_leaves_its_outline() => ForEachDrawing((name, drawing) =>
    {
        foreach (DrawnNode node in drawing.Nodes)
        {
            double top = (node.Height - node.Label.Height) / 2;
            Assert.True(top >= 0, $"{name}: the label of {drawing.Dag.IdOf(node.Node)} is too high");
            foreach (LabelLine line in node.Label.Lines)
            {
                double room = Math.Min(RoomAt(node, top), RoomAt(node, top + line.Height));
                double width = FontMetrics.Width(line.Text, line.Style == LineStyle.Name ? NodeLabel.NameSize : NodeLabel.DetailSize,
                    line.Style != LineStyle.Detail);
                Assert.True(width <= room + Tolerance, $"{name}: '{line.Text}' needs {width}, has {room}");
                top += line.Height;
            }
        }
    });

    // The width that a centred text has inside the outline at y below its upper side.
    private static double RoomAt(DrawnNode node, double y)
    {
        switch (node.Shape)
        {
            case NodeShape.Ellipse:
                double fromCentre = ((2 * y) / node.Height) - 1;
                return node.Width * Math.Sqrt(Math.Max(0, 1 - (fromCentre * fromCentre)));
            case NodeShape.Parallelogram:
                double left = DrawnNode.Slant * (1 - (y / node.Height)), right = node.Width - (DrawnNode.Slant * (y / node.Height));
                return 2 * Math.Min((node.Width / 2) - left, right - (node.Width / 2));
            default:
                return node.Width;
        }
    }

    [Fact]
    public void Lines_run_straight_down_or_across_and_join_their_nodes() => ForEachDrawing((name, drawing) =>
    {
        Dictionary<int, DrawnNode> nodes = drawing.Nodes.ToDictionary(node => node.Node);
        foreach (DrawnEdge edge in drawing.Edges)
        {
            ReadOnlySpan<double> points = drawing.PointsOf(edge);
            for (int i = 2; i < points.Length; i += 2)
                Assert.True(points[i] == points[i - 2] || points[i + 1] == points[i - 1], $"{name}: a piece of edge {edge.Edge} leans");
            DrawnNode source = nodes[edge.Source], target = nodes[edge.Target];
            Assert.InRange(points[0], source.X, source.X + source.Width);
            Assert.InRange(points[1], source.Y + (source.Height / 2) - Tolerance, source.Y + source.Height + Tolerance);
            Assert.InRange(points[^2], target.X, target.X + target.Width);
            Assert.InRange(points[^1], target.Y - Tolerance, target.Y + (target.Height / 2) + Tolerance);
            Assert.Equal(HalfHeightAt(source, points[0]), points[1] - source.Y - (source.Height / 2), 6);
            Assert.Equal(HalfHeightAt(target, points[^2]), target.Y + (target.Height / 2) - points[^1], 6);
        }
    });

    private static double HalfHeightAt(DrawnNode node, double x)
    {
        double fromCentre = ((2 * (x - node.X)) / node.Width) - 1;
        return node.Shape == NodeShape.Ellipse ? node.Height / 2 * Math.Sqrt(1 - (fromCentre * fromCentre)) : node.Height / 2;
    }

    [Fact]
    public void No_edge_crosses_a_box_that_it_does_not_join() => ForEachDrawing((name, drawing) =>
    {
        DrawnNode[] nodes = [.. drawing.Nodes.OrderBy(node => node.Y)];
        double[] tops = [.. nodes.Select(node => node.Y)];
        double tallest = nodes.Max(node => node.Height);
        foreach (DrawnEdge edge in drawing.Edges)
        {
            ReadOnlySpan<double> points = drawing.PointsOf(edge);
            for (int i = 2; i < points.Length; i += 2)
            {
                double left = Math.Min(points[i], points[i - 2]), right = Math.Max(points[i], points[i - 2]);
                double top = Math.Min(points[i + 1], points[i - 1]), bottom = Math.Max(points[i + 1], points[i - 1]);
                int first = Array.BinarySearch(tops, top - tallest);
                for (int n = first < 0 ? ~first : first; n < nodes.Length && nodes[n].Y < bottom; n++)
                {
                    DrawnNode node = nodes[n];
                    bool crosses = right > node.X + Tolerance && left < node.X + node.Width - Tolerance
                        && bottom > node.Y + Tolerance && top < node.Y + node.Height - Tolerance;
                    bool joins = (node.Node == edge.Source && i == 2) || (node.Node == edge.Target && i == points.Length - 2);
                    if (crosses && !joins)
                        Assert.Fail($"{name}: edge {edge.Edge} crosses {drawing.Dag.IdOf(node.Node)}");
                }
            }
        }
    });

    [Fact]
    public void No_edge_crosses_a_heading() => ForEachDrawing((name, drawing) =>
    {
        DrawnText[] headings = [.. drawing.Bands.SelectMany(band => band.Heading)];
        double[] widths = [.. headings.Select(text => text.Width)];
        foreach (DrawnEdge edge in drawing.Edges)
        {
            ReadOnlySpan<double> points = drawing.PointsOf(edge);
            for (int i = 2; i < points.Length; i += 2)
            {
                double left = Math.Min(points[i], points[i - 2]), right = Math.Max(points[i], points[i - 2]);
                double top = Math.Min(points[i + 1], points[i - 1]), bottom = Math.Max(points[i + 1], points[i - 1]);
                for (int h = 0; h < headings.Length; h++)
                {
                    DrawnText text = headings[h];
                    double start = text.Anchor == TextAnchor.Start ? text.X : text.X - (widths[h] / 2);
                    bool crosses = right > start && left < start + widths[h] && bottom > text.Y - (text.Size * 0.7) && top < text.Y;
                    if (crosses)
                        Assert.Fail($"{name}: edge {edge.Edge} crosses '{text.Text}'");
                }
            }
        }
    });

    [Fact]
    public void Everything_lies_in_the_picture() => ForEachDrawing((name, drawing) =>
    {
        foreach (DrawnNode node in drawing.Nodes)
            Inside(node.X, node.Y, node.Width, node.Height);
        foreach (DrawnBand band in drawing.Bands)
            Inside(band.X, band.Y, band.Width, band.Height);
        foreach (DrawnText text in drawing.Bands.SelectMany(band => band.Heading).Concat(drawing.Legend.Select(entry => entry.Text))
            .Append(drawing.Title!))
            Inside(text.Left, text.Y - text.Size, text.Width, text.Size * 1.2);
        foreach (DrawnEdge edge in drawing.Edges)
        {
            ReadOnlySpan<double> points = drawing.PointsOf(edge);
            for (int i = 0; i < points.Length; i += 2)
                Inside(points[i], points[i + 1], 0, 0);
            if (edge.Label is DrawnText label)
                Inside(label.Left, label.Y - label.Size, label.Width, label.Size * 1.2);
        }

        void Inside(double x, double y, double width, double height) =>
            Assert.True(x >= 0 && y >= 0 && x + width <= drawing.Width + Tolerance && y + height <= drawing.Height + Tolerance,
                $"{name}: {x}, {y}, {width} x {height} leaves {drawing.Width} x {drawing.Height}");
    });

    [Fact]
    public void Shards_stand_side_by_side_in_order_of_their_first_GPU()
    {
        Drawing drawing = DagLayout.Arrange(DagsToDraw.Deployment(new SampleShape()));
        int rows = 0;
        foreach (var row in drawing.Nodes.GroupBy(node => (Node(node).Phase, Node(node).Stage, Node(node).Layer, Node(node).Op, node.Y)))
        {
            int[] firsts = [.. row.OrderBy(node => node.X).Select(node => Node(node).Gpus!.First)];
            Assert.Equal(firsts.Order(), firsts);
            rows += firsts.Length > 1 ? 1 : 0;
        }

        Assert.True(rows > 10);
        Assert.All(drawing.Nodes.GroupBy(node => (Node(node).Phase, Node(node).Layer, Node(node).Op)).Where(shards => shards.Key.Layer > 0),
            shards => Assert.Single(shards.Select(node => node.Y).Distinct()));

        DagNode Node(DrawnNode drawn) => drawing.Dag.Node(drawn.Node);
    }

    [Fact]
    public void Time_runs_down_in_every_column()
    {
        Drawing drawing = DagLayout.Arrange(DagsToDraw.Deployment(new SampleShape()), Whole);
        Dictionary<int, DrawnNode> nodes = drawing.Nodes.ToDictionary(node => node.Node);
        foreach (DrawnEdge edge in drawing.Edges)
        {
            NodeScope source = drawing.Dag.ScopeOf(edge.Source), target = drawing.Dag.ScopeOf(edge.Target);
            if (source.Phase == target.Phase && source.Stage == target.Stage)
                Assert.True(nodes[edge.Target].Y > nodes[edge.Source].Y);
        }
    }

    [Fact]
    public void A_collective_spans_the_lanes_that_it_joins()
    {
        Drawing drawing = DagLayout.Arrange(DagsToDraw.Deployment(new SampleShape()), Whole);
        Dictionary<int, DrawnNode> nodes = drawing.Nodes.ToDictionary(node => node.Node);
        int dispatches = 0;
        foreach (DrawnNode dispatch in drawing.Nodes.Where(node => drawing.Dag.Node(node.Node).Op == "dispatch"))
        {
            DrawnNode[] experts = [.. drawing.Dag.Node(dispatch.Node).GetSuccessors().Select(node => nodes[node.Index])];
            Assert.Equal(4, experts.Length);
            Assert.Equal(experts.Min(node => node.X), dispatch.X, 6);
            Assert.Equal(experts.Max(node => node.X + node.Width), dispatch.X + dispatch.Width, 6);
            dispatches++;
        }

        Assert.Equal(8, dispatches);
    }
}
