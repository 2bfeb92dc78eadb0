using System.Globalization;
using System.Xml;
using System.Xml.Linq;
using ParallelDag.Layouts;
using ParallelDag.Tests.Layouts;
using ParallelDag.Writers;

namespace ParallelDag.Tests.Writers;

public class SvgWriterTests
{
    private static readonly XNamespace Svg = "http://www.w3.org/2000/svg";

    private static readonly string[] Outlines = ["rect", "ellipse", "path"];

    private static readonly SvgOptions Whole = new() { Drawing = new DrawingOptions { Folding = Folding.Never } };

    private static XDocument Load(string text)
    {
        using var reader = XmlReader.Create(new StringReader(text), new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit });
        return XDocument.Load(reader);
    }

    private static IEnumerable<XElement> NodesOf(XDocument document) =>
        document.Descendants(Svg + "g").Where(group => group.Attribute("data-op") is not null);

    [Fact]
    public void Sets_of_instances_stand_on_the_ground_of_their_phase_and_no_line_leaves_it()
    {
        var plan = DeploymentPlan.Create(Support.TestPlans.ManySets(2, 3));
        XDocument document = Load(SvgWriter.ToText(ParallelDag.Lowering.DagGenerator.Generate(plan, DetailLevel.Overview)));
        XElement[] grounds = [.. document.Descendants(Svg + "rect").Where(rect =>
            rect.Attribute("class")?.Value.StartsWith("phase ", StringComparison.Ordinal) ?? false)];
        Assert.Equal(["decode", "decode", "decode", "prefill", "prefill"],
            grounds.Select(rect => rect.Attribute("class")!.Value.Split(' ')[1]).Order());
        Drawing drawing = DagLayout.Arrange(ParallelDag.Lowering.DagGenerator.Generate(plan, DetailLevel.Overview));
        double foot = drawing.Bands.Where(band => band.Kind == BandKind.Phase).Max(band => band.Y + band.Height);
        Assert.All(drawing.Edges, edge => Assert.All(drawing.PointsOf(edge).ToArray().Where((_, index) => index % 2 == 1),
            y => Assert.True(y < foot - 4, $"a line runs at {y}, the foot is at {foot}")));
    }

    [Fact]
    public void Every_picture_is_well_formed_and_each_node_is_one_group_with_title_outline_and_text()
    {
        foreach ((string name, Dag dag) in DagLayoutTests.Samples())
        {
            XDocument document = Load(SvgWriter.ToText(dag, Whole));
            XElement[] nodes = [.. NodesOf(document)];
            Assert.Equal(dag.NodeCount, nodes.Length);
            Assert.Equal(dag.Nodes.Select(node => node.Id), nodes.Select(node => node.Attribute("data-id")!.Value));
            foreach (XElement node in nodes)
            {
                Assert.Equal(3, node.Elements().Count());
                Assert.Single(node.Elements(Svg + "title"));
                Assert.Single(node.Elements(Svg + "text"));
                Assert.Contains(node.Elements().ElementAt(1).Name.LocalName, Outlines);
            }

            Assert.Equal(dag.EdgeCount, document.Descendants(Svg + "path").Count(path => path.Attribute("data-source") is not null));
        }
    }

    [Fact]
    public void The_same_DAG_gives_the_same_bytes_under_any_culture()
    {
        CultureInfo before = CultureInfo.CurrentCulture;
        Dag dag = DagsToDraw.Deployment(new SampleShape());
        string first = SvgWriter.ToText(dag);
        try
        {
            var comma = (CultureInfo)CultureInfo.InvariantCulture.Clone();
            comma.NumberFormat.NumberDecimalSeparator = ",";
            comma.NumberFormat.NegativeSign = "~";
            CultureInfo.CurrentCulture = comma;
            Assert.Equal(first, SvgWriter.ToText(DagsToDraw.Deployment(new SampleShape())));
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Fact]
    public void Shapes_follow_kinds()
    {
        XDocument document = Load(SvgWriter.ToText(DagsToDraw.Deployment(new SampleShape())));
        foreach (XElement node in NodesOf(document))
        {
            string shape = node.Elements().ElementAt(1).Name.LocalName;
            Assert.Equal(node.Attribute("data-kind")!.Value switch { "communication" => "ellipse", "routing" or "aggregation" => "path",
                _ => "rect" }, shape);
        }
    }

    [Fact]
    public void Every_node_shows_its_GPUs_and_dimensions()
    {
        Dag dag = DagsToDraw.Deployment(new SampleShape());
        XElement[] nodes = [.. NodesOf(Load(SvgWriter.ToText(dag, Whole)))];
        foreach (DagNode node in dag.Nodes)
        {
            string title = nodes[node.Index].Element(Svg + "title")!.Value, text = nodes[node.Index].Element(Svg + "text")!.Value;
            Assert.Contains($"GPUs: {node.Gpus}", title, StringComparison.Ordinal);
            Assert.Contains($"INPUT DIMENSION: {node.Input}".TrimEnd(), title + "INPUT DIMENSION:", StringComparison.Ordinal);
            Assert.Contains("GPUs: ", text, StringComparison.Ordinal);
            Assert.Equal(!node.GetInputTensors().IsEmpty, text.Contains("INPUT DIMENSION: [", StringComparison.Ordinal)
                || text.Contains("INPUT DIMENSION: Q [", StringComparison.Ordinal));
            Assert.Equal(!node.GetOutputTensors().IsEmpty, text.Contains("OUTPUT DIMENSION: ", StringComparison.Ordinal));
        }
    }

    [Fact]
    public void There_is_no_script_and_no_reference_to_another_file()
    {
        XDocument document = Load(SvgWriter.ToText(DagsToDraw.Deployment(new SampleShape())));
        Assert.Empty(document.Descendants(Svg + "script"));
        Assert.DoesNotContain(document.Descendants().Attributes(), attribute => attribute.Name.LocalName is "href" or "src"
            || attribute.Name.LocalName.StartsWith("on", StringComparison.Ordinal));
        Assert.DoesNotContain(document.Descendants().Attributes(), attribute => attribute.Value.Contains("url(", StringComparison.Ordinal)
            && !attribute.Value.StartsWith("url(#", StringComparison.Ordinal));
        Assert.DoesNotContain("@import", document.Descendants(Svg + "style").Single().Value, StringComparison.Ordinal);
    }

    [Fact]
    public void The_legend_shows_only_what_occurs()
    {
        string dense = SvgWriter.ToText(DagsToDraw.Deployment(new SampleShape(Moe: false, Pp: 1)));
        string moe = SvgWriter.ToText(DagsToDraw.Deployment(new SampleShape()));
        foreach (string entry in new[] { "gate: the experts that are chosen", "pipeline: on to the next stage",
            "aggregation (sum, gather)" })
        {
            Assert.DoesNotContain($">{entry}<", dense, StringComparison.Ordinal);
            Assert.Contains($">{entry}<", moe, StringComparison.Ordinal);
        }

        Assert.DoesNotContain("breaks PD", moe, StringComparison.Ordinal);
    }

    [Fact]
    public void A_cycle_is_drawn_in_red_and_named_in_the_legend()
    {
        var builder = new DagBuilder();
        for (int i = 0; i < 4; i++)
            builder.AddNode($"n{i}", new ParallelDag.Graphs.NodeFacts { Name = $"n{i}", Kind = NodeKind.Computation },
                ParallelDag.Graphs.NodeScope.Unknown, null);
        foreach ((int source, int target) in new[] { (0, 1), (1, 2), (2, 1), (2, 3) })
            builder.AddEdge(source, target, EdgeKind.Data);
        XDocument document = Load(SvgWriter.ToText(builder.Build(new DagHeader { Name = "cyclic" })));

        Assert.Equal(["n1", "n2"], NodesOf(document).Where(node => node.Attribute("data-breaks")?.Value == "PD001")
            .Select(node => node.Attribute("data-id")!.Value));
        string[] red = [.. document.Descendants(Svg + "path")
            .Where(path =>
                path.Attribute("data-source") is not null && path.Attribute("class")!.Value.EndsWith(" bad", StringComparison.Ordinal))
                    .Select(path => path.Attribute("data-source")!.Value)];
        Assert.Equal(["n1", "n2"], red);
        Assert.Contains(document.Descendants(Svg + "text"), text => text.Value == "breaks PD001: no cycle");
    }

    [Fact]
    public void Given_marks_are_drawn_instead()
    {
        Dag dag = DagsToDraw.Deployment(new SampleShape());
        var mark = new DrawingMark("PD003", "every node names its GPUs", [7, 9], [3]);
        XDocument document = Load(SvgWriter.ToText(dag, new SvgOptions { Drawing = new DrawingOptions { Marks = [mark] } }));
        Assert.Equal([dag.IdOf(7), dag.IdOf(9)],
            NodesOf(document).Where(node => node.Attribute("data-breaks") is not null).Select(node => node.Attribute("data-id")!.Value));
        Assert.Contains("breaks PD003", NodesOf(document).ElementAt(7).Element(Svg + "text")!.Value, StringComparison.Ordinal);
    }

    [Fact]
    public void An_empty_DAG_is_an_empty_picture()
    {
        XDocument document = Load(SvgWriter.ToText(new DagBuilder().Build(new DagHeader { Name = "empty" })));
        Assert.Empty(NodesOf(document));
    }
}
