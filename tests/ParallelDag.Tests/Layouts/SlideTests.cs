using ParallelDag.Graphs;
using ParallelDag.Layouts;
using ParallelDag.Lowering;
using ParallelDag.Tests.Support;

namespace ParallelDag.Tests.Layouts;

/// <summary>What the simplified picture of every plan keeps.</summary>
public class SlideTests
{
    /// <summary>Plans with so many stages and sets of instances that only the most sparing slides hold them.</summary>
    private static readonly int[] ManyStages = [114, 190, 277, 386, 428, 436];

    private static readonly Lazy<(DeploymentPlan Plan, Drawing Drawing)[]> Slides = new(() =>
    [
        .. Enumerable.Range(0, 110).Concat(ManyStages).Select(TestPlans.Random).Append(DeploymentPlan.Create(TestPlans.Reference))
            .Select(plan => (plan, DagLayout.Arrange(DagGenerator.Generate(plan, DetailLevel.Overview)))),
    ]);

    private static void ForEachSlide(Action<string, Drawing> check)
    {
        foreach ((DeploymentPlan plan, Drawing drawing) in Slides.Value)
            check(plan.ToString()!, drawing);
    }

    [Fact]
    public void It_fits_a_screen_with_readable_text() => ForEachSlide((name, drawing) =>
    {
        Assert.True(drawing.Width <= 1600 && drawing.Height <= 1000, $"{name}: {drawing.Width} x {drawing.Height}");
        Assert.All(Texts(drawing), text => Assert.True(text.Size >= 11, $"{name}: '{text.Text}' is {text.Size} high"));
        Assert.True(NodeLabel.DetailSize >= 11 && NodeLabel.NameSize >= 11);
    });

    [Theory]
    [InlineData(4)]
    [InlineData(8)]
    public void Blocks_of_ring_attention_stand_in_the_order_of_their_steps(int sp)
    {
        var plan = DeploymentPlan.Create(TestPlans.Of(TestPlans.Dense, new PhaseStrategy { Sp = sp, SpMethod = SequenceMethod.Ring }));
        Drawing drawing = DagLayout.Arrange(DagGenerator.Generate(plan, DetailLevel.Overview));
        string[] steps = [.. drawing.Nodes.OrderBy(node => node.X).ThenBy(node => node.Y)
            .Select(node => drawing.Dag.FactsOf(node.Node).Name).Where(name => name.Contains("block ", StringComparison.Ordinal))];
        Assert.True(steps.Length >= sp - 1, string.Join(", ", steps));
        Assert.Equal(steps.Order(StringComparer.Ordinal), steps);
    }

    [Fact]
    public void No_line_ends_above_its_start() => ForEachSlide((name, drawing) =>
    {
        foreach (DrawnEdge edge in drawing.Edges)
        {
            ReadOnlySpan<double> points = drawing.PointsOf(edge);
            Assert.True(points[^1] >= points[1], $"{name}: edge {drawing.Dag.IdOf(edge.Source)} to {drawing.Dag.IdOf(edge.Target)} climbs");
            for (int i = 2; i < points.Length; i += 2)
                Assert.True(points[i] == points[i - 2] || points[i + 1] == points[i - 1], $"{name}: a piece of edge {edge.Edge} leans");
        }
    });

    [Fact]
    public void No_line_runs_through_a_box_and_no_two_boxes_overlap() => ForEachSlide((name, drawing) =>
    {
        const double Inside = 0.5;
        foreach (DrawnEdge edge in drawing.Edges)
        {
            ReadOnlySpan<double> points = drawing.PointsOf(edge);
            for (int i = 2; i < points.Length; i += 2)
            {
                (double x, double right) = (Math.Min(points[i], points[i - 2]), Math.Max(points[i], points[i - 2]));
                (double y, double bottom) = (Math.Min(points[i + 1], points[i - 1]), Math.Max(points[i + 1], points[i - 1]));
                Assert.DoesNotContain(drawing.Nodes, node => node.Node != edge.Source && node.Node != edge.Target
                    && right > node.X + Inside && x < node.X + node.Width - Inside
                    && bottom > node.Y + Inside && y < node.Y + node.Height - Inside);
            }
        }

        Assert.All(drawing.Nodes, node => Assert.DoesNotContain(drawing.Nodes, other => other.Node > node.Node
            && other.X < node.X + node.Width && node.X < other.X + other.Width
            && other.Y < node.Y + node.Height && node.Y < other.Y + other.Height));
    });

    [Fact]
    public void No_line_runs_through_a_heading_or_a_label() => ForEachSlide((name, drawing) =>
    {
        IEnumerable<DrawnText> labels = drawing.Edges.Select(edge => edge.Label).OfType<DrawnText>();
        foreach (DrawnText text in drawing.Bands.SelectMany(band => band.Heading).Concat(labels))
        {
            foreach (DrawnEdge edge in drawing.Edges)
            {
                ReadOnlySpan<double> points = drawing.PointsOf(edge);
                for (int i = 2; i < points.Length; i += 2)
                {
                    (double x, double right) = (Math.Min(points[i], points[i - 2]), Math.Max(points[i], points[i - 2]));
                    (double y, double bottom) = (Math.Min(points[i + 1], points[i - 1]), Math.Max(points[i + 1], points[i - 1]));
                    Assert.False(
                        right > text.Left && x < text.Left + text.Width && bottom > text.Y - (0.7 * text.Size) && y < text.Y,
                        $"{name}: edge {edge.Edge} runs through '{text.Text}'");
                }
            }
        }
    });

    [Fact]
    public void Texts_stay_on_the_sheet() => ForEachSlide((name, drawing) => Assert.All(Texts(drawing), text => Assert.True(
        text.Left >= 0 && text.Left + text.Width <= drawing.Width && text.Y - text.Size >= 0 && text.Y <= drawing.Height,
        $"{name}: {text}")));

    [Fact]
    public void Every_node_is_drawn_or_said_to_be_like_another() => ForEachSlide((name, drawing) =>
    {
        if (drawing.FoldedRuns.Count == 0)
            Assert.Equal(Enumerable.Range(0, drawing.Dag.NodeCount), drawing.Nodes.Select(node => node.Node));
        var drawn = drawing.Nodes.Select(node => node.Node).ToHashSet();
        Assert.All(drawing.Edges, edge => Assert.True(drawn.Contains(edge.Source) && drawn.Contains(edge.Target), name));
    });

    [Fact]
    public void Shared_experts_do_not_stand_between_the_router_and_what_it_chooses() => ForEachSlide((name, drawing) =>
    {
        foreach (DrawnNode shared in drawing.Nodes.Where(node => drawing.Dag.FactsOf(node.Node).Op == Ops.SharedExperts))
        {
            DrawnNode? above = drawing.Nodes.Where(node => node.X == shared.X && node.Y < shared.Y)
                .OrderBy(node => node.Y).Cast<DrawnNode?>().LastOrDefault();
            Assert.True(above is null || drawing.Dag.FactsOf(above.Value.Node).Op != Ops.Gate, name);
        }
    });

    private static IEnumerable<DrawnText> Texts(Drawing drawing) => drawing.Bands.SelectMany(band => band.Heading)
        .Concat(drawing.Legend.Select(entry => entry.Text)).Concat(drawing.Edges.Select(edge => edge.Label).OfType<DrawnText>())
        .Append(drawing.Title!);
}
