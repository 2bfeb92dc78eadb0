using ParallelDag.Graphs;
using ParallelDag.Tests.Layouts;
using ParallelDag.Writers;

namespace ParallelDag.Tests.Writers;

public class MermaidWriterTests
{
    private static Dag Chain(int edges)
    {
        var builder = new DagBuilder();
        for (int i = 0; i <= edges; i++)
            builder.AddNode($"n{i}", new NodeFacts { Name = "step", Kind = NodeKind.Computation }, NodeScope.Unknown, null);
        for (int i = 0; i < edges; i++)
            builder.AddEdge(i, i + 1, EdgeKind.Data);
        return builder.Build(new DagHeader { Name = "chain" });
    }

    [Fact]
    public void Shapes_subgraphs_and_edges_follow_the_conventions()
    {
        string text = MermaidWriter.ToText(DagsToDraw.Deployment(new SampleShape(2, 2, 1, 1, 1)));
        string[] lines = text.Split('\n');
        Assert.Equal("flowchart TB", lines[0]);
        Assert.Contains("subgraph g0[\"Prefill\"]", lines);
        Assert.Contains("subgraph g1[\"Stage 1\"]", lines);
        Assert.Contains("subgraph g2[\"Layer 1\"]", lines);
        Assert.Equal(lines.Count(line => line.StartsWith("subgraph ", StringComparison.Ordinal)), lines.Count(line => line == "end"));
        Assert.Contains(lines, line => line.Contains("([\"Dispatch All-to-All<br/>GPUs: 0", StringComparison.Ordinal)
            && line.EndsWith("\"]):::communication", StringComparison.Ordinal));
        Assert.DoesNotContain("DIMENSION", text, StringComparison.Ordinal);
        Assert.Contains(lines, line => line.Contains("[/\"Top-2 Selection", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.Contains(" -.->|\"gate\"| ", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.Contains(" ==>|\"hidden states\"| ", StringComparison.Ordinal));
    }

    [Fact]
    public void A_node_says_its_name_its_GPUs_and_of_a_collective_its_bytes()
    {
        Dag dag = ParallelDag.Lowering.DagGenerator.Generate(
            DeploymentPlan.Create(ParallelDag.Tests.Support.TestPlans.Reference), DetailLevel.Overview, PhaseKind.Prefill);
        string[] lines = MermaidWriter.ToText(dag).Split('\n');
        Assert.Contains(lines, line => line.Contains(
            "([\"Dispatch All-to-All<br/>GPUs: 0-15<br/>480 MiB on the wire\"]):::communication", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.EndsWith("[\"Input<br/>GPUs: 0-15\"]:::input", StringComparison.Ordinal));
    }

    [Fact]
    public void Every_edge_is_written_once()
    {
        Dag dag = DagsToDraw.Foreign(new Random(4), 50, 120);
        string[] lines = MermaidWriter.ToText(dag).Split('\n');
        Assert.Equal(dag.EdgeCount,
            lines.Count(line =>
                line.StartsWith('n') && (line.Contains("->", StringComparison.Ordinal) || line.Contains("==>", StringComparison.Ordinal))));
        foreach (DagEdge edge in dag.Edges)
            Assert.Contains(lines, line => line.StartsWith($"n{edge.GetSource().Index} ", StringComparison.Ordinal)
                && line.EndsWith($" n{edge.GetTarget().Index}", StringComparison.Ordinal));
    }

    [Fact]
    public void Hostile_names_stay_inside_their_quotes()
    {
        foreach (string name in DagsToDraw.HostileNames)
        {
            var builder = new DagBuilder();
            builder.AddNode("a", new NodeFacts { Name = name, Kind = NodeKind.Computation }, NodeScope.Unknown, null);
            string line = MermaidWriter.ToText(builder.Build(new DagHeader { Name = "hostile" })).Split('\n')[1];
            Assert.StartsWith("n0[\"", line, StringComparison.Ordinal);
            Assert.EndsWith("\"]:::computation", line, StringComparison.Ordinal);
            string label = line["n0[\"".Length..^"\"]:::computation".Length];
            Assert.DoesNotContain('"', label);
            Assert.DoesNotContain("<script", label, StringComparison.Ordinal);
            Assert.DoesNotContain('%', label);
            Assert.DoesNotContain(label, char.IsControl);
        }
    }

    [Fact]
    public void More_than_500_edges_are_refused_with_the_way_out()
    {
        Assert.Contains("n499 --> n500", MermaidWriter.ToText(Chain(500)), StringComparison.Ordinal);
        InputException fault = Assert.Throws<InputException>(() => MermaidWriter.ToText(Chain(501)));
        Assert.Equal("chain has 501 edges and Mermaid draws at most 500: ask for the overview, or write SVG or HTML", fault.Message);
    }

    [Fact]
    public void More_than_50000_characters_are_refused_too()
    {
        var builder = new DagBuilder();
        for (int i = 0; i < 100; i++)
            builder.AddNode($"n{i}", new NodeFacts { Name = new string('x', 600), Kind = NodeKind.Computation }, NodeScope.Unknown, null);
        InputException fault = Assert.Throws<InputException>(() => MermaidWriter.ToText(builder.Build(new DagHeader { Name = "wordy" })));
        Assert.Contains("characters and Mermaid draws at most 50,000", fault.Message, StringComparison.Ordinal);
    }
}
