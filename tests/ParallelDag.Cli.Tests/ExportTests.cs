using System.Text.Json;
using System.Xml.Linq;

namespace ParallelDag.Cli.Tests;

public sealed class ExportTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("overview")]
    [InlineData("operator")]
    [InlineData("device")]
    public void The_size_of_the_graph_is_that_of_its_json(string detail)
    {
        using var size = JsonDocument.Parse(Export("none", "--detail", detail).Output);
        using var graph = JsonDocument.Parse(Export("json", "--detail", detail).Output);

        Assert.Equal(["nodes", "edges", "seconds", "peakBytes"], size.RootElement.EnumerateObject().Select(member => member.Name));
        Assert.Equal(detail, graph.RootElement.GetProperty("detail").GetString());
        Assert.Equal(graph.RootElement.GetProperty("nodes").GetArrayLength(), size.RootElement.GetProperty("nodes").GetInt32());
        Assert.Equal(graph.RootElement.GetProperty("edges").GetArrayLength(), size.RootElement.GetProperty("edges").GetInt32());
        Assert.InRange(size.RootElement.GetProperty("seconds").GetDouble(), 1e-6, 60);
        Assert.InRange(size.RootElement.GetProperty("peakBytes").GetInt64(), 1 << 20, 1L << 32);
    }

    [Theory]
    [InlineData("prefill")]
    [InlineData("decode")]
    public void One_phase_holds_the_nodes_of_that_phase_only(string phase)
    {
        using var graph = JsonDocument.Parse(Export("json", "--phase", phase).Output);

        Assert.All(graph.RootElement.GetProperty("nodes").EnumerateArray(),
            node => Assert.Equal(phase, node.GetProperty("phase").GetString()));
        Assert.Equal(phase, Assert.Single(graph.RootElement.GetProperty("phases").EnumerateArray()).GetProperty("name").GetString());
    }

    [Fact]
    public void A_phase_that_the_plan_lacks_is_refused()
    {
        string text = File.ReadAllText(CommandLine.ReferencePlan);
        _folder.Write("plan.yaml", text[..text.IndexOf("decode:", StringComparison.Ordinal)]);

        Finished run = CommandLine.RunIn(_folder.Path, null, "export", "plan.yaml", "--format", "dot", "--phase", "decode", "-o", "x.dot")
            .Refused();

        Assert.StartsWith("plan.yaml: the plan has no decode", Assert.Single(run.ErrorLines), StringComparison.Ordinal);
        Assert.Equal(["plan.yaml"], _folder.Files);
    }

    [Theory]
    [InlineData("dot")]
    [InlineData("svg")]
    [InlineData("json")]
    [InlineData("html")]
    [InlineData("mermaid")]
    public void A_file_holds_the_same_bytes_as_standard_output(string format)
    {
        byte[] streamed = Export(format, "-o", "-").OutputBytes;
        File.WriteAllText(_folder["graph"], "old");
        CommandLine.RunIn(_folder.Path, null, "export", CommandLine.ReferencePlan, "--format", format, "-o", "graph").Succeeded();

        Assert.Equal(streamed, File.ReadAllBytes(_folder["graph"]));
        Assert.NotEqual(0xEF, streamed[0]);
        Assert.Equal((byte)'\n', streamed[^1]);
        Assert.DoesNotContain((byte)'\r', streamed);
        Assert.Equal(["graph"], _folder.Files);
    }

    [Fact]
    public void A_picture_may_show_one_stage_or_some_layers()
    {
        XElement[] drawn = [.. XDocument.Parse(Export("svg", "--phase", "decode", "--stage", "2", "--layers", "6-7").Output).Descendants()
            .Where(element => element.Attribute("data-op") is not null)];

        Assert.Equal(["6", "7"], drawn.Select(node => node.Attribute("data-layer")!.Value).Distinct().Order());
        Assert.All(drawn, node => Assert.Equal("decode", node.Attribute("data-phase")!.Value));
    }

    [Fact]
    public void Identical_layers_are_drawn_once_on_demand_and_that_is_told()
    {
        Finished run = CommandLine.Run("export", CommandLine.ReferencePlan, "--format", "svg", "--fold", "always");

        Assert.Equal(0, run.ExitCode);
        Assert.Contains("layers 2-4, as layer 1", Assert.Single(run.ErrorLines), StringComparison.Ordinal);
        Assert.True(run.OutputBytes.Length < Export("svg", "--fold", "never").OutputBytes.Length / 2);
        Assert.Equal(run.OutputBytes, Export("svg").OutputBytes);
    }

    [Fact]
    public void Mermaid_shows_the_overview_and_refuses_what_mermaid_would()
    {
        Assert.Equal(Export("mermaid", "--detail", "overview").Output, Export("mermaid").Output);

        Finished run = CommandLine.Run("export", CommandLine.ReferencePlan, "--format", "mermaid", "--detail", "operator").Refused();
        Assert.Contains("500", Assert.Single(run.ErrorLines), StringComparison.Ordinal);
    }

    [Fact]
    public void A_graph_from_a_file_is_written_in_other_formats_and_its_faults_are_drawn()
    {
        _folder.Write("hand.dot", "digraph { a -> b; b -> c; c -> b }");

        string svg = CommandLine.RunIn(_folder.Path, null, "export", "hand.dot", "--format", "svg").Succeeded().Output;
        string json = CommandLine.RunIn(_folder.Path, null, "export", "hand.dot", "--format", "json").Succeeded().Output;
        Finished size = CommandLine.RunIn(_folder.Path, null, "export", "hand.dot", "--format", "none");
        Finished detail = CommandLine.RunIn(_folder.Path, null, "export", "hand.dot", "--format", "json", "--detail", "device").Refused();

        Assert.Contains("PD001", svg, StringComparison.Ordinal);
        using var graph = JsonDocument.Parse(json);
        Assert.Equal(["a", "b", "c"],
            graph.RootElement.GetProperty("nodes").EnumerateArray().Select(node => node.GetProperty("id").GetString()));
        Assert.StartsWith("{\"nodes\":3,\"edges\":3,", size.Output, StringComparison.Ordinal);
        Assert.Equal((1, "hand.dot: the graph has a cycle (paralleldag check names it)\n"), (size.ExitCode, size.Error));
        Assert.StartsWith("hand.dot: this is a graph", detail.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Formats_are_known_in_any_case() =>
        Assert.Equal(Export("json").Output, Export("JSON", "--detail", "Operator", "--phase", "ALL").Output);

    private static Finished Export(string format, params string[] options) =>
        CommandLine.Run(["export", CommandLine.ReferencePlan, "--format", format, .. options]).Succeeded();
}
