using System.Xml.Linq;
using ParallelDag.Graphs;
using ParallelDag.Lowering;
using ParallelDag.Tests.Support;
using ParallelDag.Writers;

namespace ParallelDag.Tests.Writers;

/// <summary>GraphML in the eyes of an XML reader.</summary>
public class GraphmlWriterTests
{
    private static readonly XNamespace Ns = "http://graphml.graphdrawing.org/xmlns";

    public static TheoryData<int> Seeds => [.. Enumerable.Range(0, 12)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Every_node_and_edge_is_there_with_its_facts(int seed)
    {
        foreach (DetailLevel detail in Enum.GetValues<DetailLevel>())
        {
            Dag dag = DagGenerator.Generate(TestPlans.Random(seed), detail);
            XElement graph = Graph(dag);
            XElement[] nodes = [.. graph.Elements(Ns + "node")], edges = [.. graph.Elements(Ns + "edge")];
            Assert.Equal(dag.Nodes.Select(node => node.Id), nodes.Select(node => node.Attribute("id")!.Value));
            Assert.Equal(
                dag.Edges.Select(edge => (edge.Source, edge.Target, edge.Kind.ToName())),
                edges.Select(edge => (edge.Attribute("source")!.Value, edge.Attribute("target")!.Value, Data(edge, "edgeKind")!)));
            Assert.All(dag.Nodes.Zip(nodes), pair => Same(pair.First, pair.Second));
            Assert.Equal(
                dag.Edges.Select(edge => (edge.Label, edge.Bytes.ToString())),
                edges.Select(edge => (Data(edge, "edgeLabel"), Data(edge, "edgeBytes")!)));
        }
    }

    /// <summary>Every key is declared once with a type that its values have, and every value has a key.</summary>
    [Fact]
    public void Keys_are_declared_with_their_types()
    {
        Dag dag = DagGenerator.Generate(DeploymentPlan.Create(TestPlans.Reference), DetailLevel.Device);
        XElement root = XDocument.Parse(GraphmlWriter.ToText(dag)).Root!;
        var types = root.Elements(Ns + "key").ToDictionary(key => key.Attribute("id")!.Value, key => key.Attribute("attr.type")!.Value);
        XElement[] data = [.. root.Descendants(Ns + "data")];
        Assert.Subset(types.Keys.ToHashSet(), data.Select(value => value.Attribute("key")!.Value).ToHashSet());
        Assert.All(data, value =>
        {
            string type = types[value.Attribute("key")!.Value];
            bool right = type switch
            {
                "int" => int.TryParse(value.Value, out _),
                "long" => long.TryParse(value.Value, out _),
                "double" => double.TryParse(value.Value, System.Globalization.CultureInfo.InvariantCulture, out _),
                _ => type == "string",
            };
            Assert.True(right, value.ToString());
        });
        Assert.Equal("directed", root.Element(Ns + "graph")!.Attribute("edgedefault")!.Value);
    }

    [Fact]
    public void Names_of_others_survive()
    {
        var builder = new DagBuilder();
        builder.AddNode("a<&>\"b", new NodeFacts { Name = "Śnieć\n<日本>", Kind = NodeKind.Computation }, NodeScope.Unknown, null);
        builder.AddNode("c", new NodeFacts { Name = "", Kind = NodeKind.Computation }, NodeScope.Unknown, null);
        builder.AddEdge(0, 1, EdgeKind.Data, new EdgeFacts("x & y", 7));
        XElement graph = Graph(builder.Build(new DagHeader { Name = "<g>" }));
        Assert.Equal("a<&>\"b", graph.Element(Ns + "node")!.Attribute("id")!.Value);
        Assert.Equal("Śnieć\n<日本>", Data(graph.Element(Ns + "node")!, "label"));
        Assert.Equal("x & y", Data(graph.Element(Ns + "edge")!, "edgeLabel"));
        Assert.Equal("<g>", Data(graph, "name"));
    }

    [Fact]
    public void Ids_that_XML_cannot_carry_become_numbers_and_stay_as_data()
    {
        var builder = new DagBuilder();
        foreach (string id in new[] { "a\u0001", "a\u0002", "n0" })
            builder.AddNode(id, new NodeFacts { Name = id, Kind = NodeKind.Computation }, NodeScope.Unknown, null);
        builder.AddEdge(0, 2, EdgeKind.Data);
        XElement graph = Graph(builder.Build(new DagHeader { Name = "g" }));
        Assert.Equal(["n0", "n1", "n2"], graph.Elements(Ns + "node").Select(node => node.Attribute("id")!.Value));
        Assert.Equal("n0", Data(graph.Elements(Ns + "node").Last(), "nodeId"));
        Assert.Equal("n2", graph.Element(Ns + "edge")!.Attribute("target")!.Value);
    }

    private static XElement Graph(Dag dag) => XDocument.Parse(GraphmlWriter.ToText(dag)).Root!.Element(Ns + "graph")!;

    private static string? Data(XElement owner, string key) =>
        owner.Elements(Ns + "data").SingleOrDefault(data => data.Attribute("key")!.Value == key)?.Value;

    private static void Same(DagNode node, XElement element)
    {
        Assert.Equal(
            (node.Name, node.Op, node.Kind.ToName(), node.PhaseId?.ToName(), node.Gpus?.ToString(), node.Collective.ToName(), node.Experts),
            (Data(element, "label"), Data(element, "op"), Data(element, "kind"), Data(element, "phase"), Data(element, "gpus"),
                Data(element, "collective"), Data(element, "experts")));
        Assert.Equal(
            (node.Stage?.ToString(), node.Layer?.ToString(), node.MicroBatch.ToString(), $"{node.Flops:0}", node.HbmBytes.ToString()),
            (Data(element, "stage"), Data(element, "layer"), Data(element, "microBatch"), Data(element, "flops"),
                Data(element, "hbmBytes")));
    }
}
