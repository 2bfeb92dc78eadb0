using System.Globalization;
using ParallelDag.Graphs;
using ParallelDag.Lowering;
using ParallelDag.Tests.Support;
using ParallelDag.Writers;

namespace ParallelDag.Tests.Writers;

public sealed class DotWriterTests
{
    [Fact]
    public void A_drawing_of_everything_is_as_approved() => Expectation.Matches("sample.dot", DotWriter.ToText(FileSamples.Generated()));

    [Fact]
    public void The_reference_plan_is_as_approved() => Expectation.Matches(
        "llm_parallel_simplified.dot",
        DotWriter.ToText(DagGenerator.Generate(DeploymentPlan.Create(TestPlans.Reference), DetailLevel.Overview)));

    [Fact]
    public void The_bytes_do_not_depend_on_the_culture()
    {
        string expected = DotWriter.ToText(FileSamples.Generated());
        CultureInfo before = CultureInfo.CurrentCulture;
        try
        {
            var odd = (CultureInfo)CultureInfo.InvariantCulture.Clone();
            odd.NumberFormat = new NumberFormatInfo { NegativeSign = "~", NumberGroupSeparator = "_", NumberDecimalSeparator = "," };
            CultureInfo.CurrentCulture = odd;
            Assert.Equal(expected, DotWriter.ToText(FileSamples.Generated()));
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Fact]
    public void Nodes_scattered_over_the_index_meet_in_one_cluster()
    {
        var builder = new DagBuilder();
        int[] scopes = [.. Enumerable.Range(0, 4)
            .Select(i => builder.AddScope(new NodeScope { Phase = new PhaseId(PhaseKind.Prefill), Stage = 1 + (i / 2), Layer = 1 + i }))];
        for (int i = 0; i < 40; i++)
        {
            builder.AddNode(
                builder.AddFacts(new NodeFacts { Name = "n", Kind = NodeKind.Computation, IdStem = $"n{i}" }), scopes[i * 7 % 4],
                builder.AddGpus(GpuSet.Of(i % 3)));
        }

        string text = DotWriter.ToText(builder.Build(new DagHeader { Name = "scattered" }));
        foreach (string cluster in (string[])["prefill", "prefill_s1", "prefill_s2", "prefill_s1_l1", "prefill_s1_l2", "prefill_s2_l3",
            "prefill_s2_l4"])
            Assert.Equal(2, text.Split($"subgraph cluster_{cluster} {{").Length);
        Assert.Contains("label=\"Stage 2, GPUs 0-2\"", text, StringComparison.Ordinal);
        Assert.Equal(40, text.Split("kind=computation").Length - 1);
    }

    [Fact]
    public void A_cancelled_writer_stops()
    {
        using var stream = new MemoryStream();
        Assert.Throws<OperationCanceledException>(() =>
            DotWriter.Write(FileSamples.Generated(), stream, new CancellationToken(canceled: true)));
    }

    [GraphvizFact]
    public void Graphviz_draws_it_with_the_documents_shapes()
    {
        string svg = Graphviz.Run("dot", ["-Tsvg"], DotWriter.ToText(FileSamples.Generated()));
        Assert.Equal(2, svg.Split("<ellipse").Length - 1);
        Assert.Single(svg.Split("stroke-dasharray").Skip(1));
        Assert.Contains("GPUs: 0&#45;1,4&#45;5", svg, StringComparison.Ordinal);
        Assert.Contains("Stage 1: layer 1, GPUs 0&#45;3", svg, StringComparison.Ordinal);
    }

    [GraphvizFact]
    public void No_text_breaks_out_of_its_place()
    {
        foreach (string text in FileSamples.Hostile())
        {
            string dot = DotWriter.ToText(FileSamples.WithText(text));
            Assert.Equal("2 1", Graphviz.Run("gvpr", ["BEG_G { printf(\"%d %d\", nNodes($G), nEdges($G)); }"], dot));
        }
    }

    [GraphvizFact]
    public void Graphviz_shows_names_as_they_stand()
    {
        foreach (string text in (string[])["\\N", "\\G", "a\\", "&lt;", "&#65;", "\"]; evil [label=\"", "\\n", "<b>x</b>", "层"])
        {
            string svg = Graphviz.Run("dot", ["-Tsvg"], DotWriter.ToText(FileSamples.WithText(text)));
            IEnumerable<string> texts =
                System.Xml.Linq.XDocument.Parse(
                    svg.Replace("<!DOCTYPE svg PUBLIC \"-//W3C//DTD SVG 1.1//EN\"\n \"http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd\">",
                        "", StringComparison.Ordinal))
                .Descendants().Where(element => element.Name.LocalName == "text").Select(element => element.Value);
            Assert.Contains(text, texts);
        }
    }
}
