using System.Text.Json;
using ParallelDag.Checks;
using ParallelDag.Graphs;

namespace ParallelDag.Tests.Checks;

public class CheckJsonWriterTests
{
    [Fact]
    public void Carries_id_title_status_evidence_nodes_and_edges()
    {
        Dag dag = new DagMutator(SmallDag.Build()).AddEdge("project1", "norm1").WithHeader(header => header with { Phases = [] }).Build();
        string text = CheckJsonWriter.ToText(CheckRunner.Run(dag));
        Assert.StartsWith("{\n  \"checks\": [\n    {\n", text.ReplaceLineEndings("\n"), StringComparison.Ordinal);
        Assert.EndsWith("}\n", text, StringComparison.Ordinal);
        Assert.Contains("\"norm1 -> project1\"", text, StringComparison.Ordinal);
        using JsonDocument json = JsonDocument.Parse(text);
        JsonElement[] checks = [.. json.RootElement.GetProperty("checks").EnumerateArray()];
        Assert.Equal(CheckRule.All.Count - 5,
            checks.Length); // PD027 runs beside a plan only, PD019 to PD021 under limits, PD018 with blocks.
        Assert.Equal("PD001", checks[0].GetProperty("id").GetString());
        Assert.Equal("No cycle", checks[0].GetProperty("title").GetString());
        Assert.Equal("fail", checks[0].GetProperty("status").GetString());
        Assert.Equal(CheckRunner.Run(dag).Results[0].Evidence, checks[0].GetProperty("evidence").GetString());
        Assert.Equal(["norm1", "project1", "norm1"], checks[0].GetProperty("nodes").EnumerateArray().Select(item => item.GetString()!));
        Assert.Equal(["norm1 -> project1", "project1 -> norm1"],
            checks[0].GetProperty("edges").EnumerateArray().Select(item => item.GetString()!));
        Assert.Equal("pass", checks[1].GetProperty("status").GetString());
        Assert.Equal("skipped", checks.Single(check => check.GetProperty("id").GetString() == "PD010").GetProperty("status").GetString());
        Assert.False(checks[0].TryGetProperty("file", out _));
    }

    [Fact]
    public void Carries_positions_for_a_graph_that_was_read_from_a_file()
    {
        var mutator = new DagMutator(SmallDag.Build()).AddEdge("norm1", "norm1");
        mutator.Source = new SourceMap("a\"b.dot", [.. mutator.Nodes.Select((_, i) => new TextPosition(i + 1, 2))],
            [.. mutator.Edges.Select((_, i) => new TextPosition(i + 51, 7))]);
        using JsonDocument json = JsonDocument.Parse(CheckJsonWriter.ToText(CheckRunner.Run(mutator.Build(), ["PD001"])));
        JsonElement check = json.RootElement.GetProperty("checks")[0];
        Assert.Equal("a\"b.dot", check.GetProperty("file").GetString());
        Assert.Equal("[[2,2],[2,2]]", JsonSerializer.Serialize(check.GetProperty("nodePositions")));
        Assert.Equal($"[[{50 + mutator.Edges.Count},7]]", JsonSerializer.Serialize(check.GetProperty("edgePositions")));
    }

    [Fact]
    public void Carries_no_file_where_a_rule_names_nothing()
    {
        var mutator = new DagMutator(SmallDag.Build());
        mutator.Source = new SourceMap("a.dot", [.. mutator.Nodes.Select((_, i) => new TextPosition(i + 1, 2))],
            [.. mutator.Edges.Select((_, i) => new TextPosition(i + 51, 7))]);
        using JsonDocument json = JsonDocument.Parse(CheckJsonWriter.ToText(CheckRunner.Run(mutator.Build(), ["PD001"])));
        JsonElement check = json.RootElement.GetProperty("checks")[0];
        Assert.Equal("pass", check.GetProperty("status").GetString());
        Assert.False(check.TryGetProperty("file", out _));
    }
}
