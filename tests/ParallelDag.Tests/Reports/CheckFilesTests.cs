using System.Text;
using System.Text.Json;
using System.Xml.Linq;
using ParallelDag.Checks;
using ParallelDag.Readers;
using ParallelDag.Reports;

namespace ParallelDag.Tests.Reports;

/// <summary>Reports of checks for code hosts and build servers.</summary>
public sealed class CheckFilesTests
{
    private static readonly CheckReport Broken = CheckRunner.Run(DotReader.Read("digraph g {\n  a -> b\n  b -> a\n}", "drawn.dot"));

    [Fact]
    public void Sarif_puts_each_witness_at_its_line()
    {
        using JsonDocument sarif = JsonDocument.Parse(Text(stream => SarifWriter.Write([Broken], stream)));
        JsonElement run = sarif.RootElement.GetProperty("runs")[0];
        Assert.Equal("2.1.0", sarif.RootElement.GetProperty("version").GetString());
        Assert.Equal(
            CheckRule.All.Select(rule => rule.Id),
            run.GetProperty("tool").GetProperty("driver").GetProperty("rules").EnumerateArray()
            .Select(rule => rule.GetProperty("id").GetString()));
        JsonElement[] results = [.. run.GetProperty("results").EnumerateArray()];
        Assert.Equal(Broken.Failures.Sum(failure => failure.Nodes.Count + failure.Edges.Count), results.Length);
        JsonElement edge =
            results.First(
            result =>
            result.GetProperty("ruleId").GetString() == "PD001"
            && result.GetProperty("message").GetProperty("text").GetString()!.StartsWith("edge b -> a", StringComparison.Ordinal));
        JsonElement place = edge.GetProperty("locations")[0].GetProperty("physicalLocation");
        Assert.Equal("drawn.dot", place.GetProperty("artifactLocation").GetProperty("uri").GetString());
        Assert.Equal(3, place.GetProperty("region").GetProperty("startLine").GetInt32());
    }

    [Fact]
    public void Sarif_of_what_holds_has_no_result()
    {
        CheckReport good = CheckRunner.Run(DotReader.Read("digraph { a -> b }"), ["PD001"]);
        using JsonDocument sarif = JsonDocument.Parse(Text(stream => SarifWriter.Write([good], stream)));
        Assert.Equal(0, sarif.RootElement.GetProperty("runs")[0].GetProperty("results").GetArrayLength());
    }

    [Fact]
    public void JUnit_has_a_case_a_rule()
    {
        XElement suite = XDocument.Parse(Text(stream => JUnitWriter.Write([Broken], stream))).Root!.Element("testsuite")!;
        Assert.Equal(Broken.Results.Count, (int)suite.Attribute("tests")!);
        Assert.Equal(Broken.Results.Count, suite.Elements("testcase").Count());
        Assert.Equal(Broken.Count(CheckStatus.Fail), suite.Descendants("failure").Count());
        Assert.Equal(Broken.Count(CheckStatus.Skipped), suite.Descendants("skipped").Count());
        Assert.Contains("drawn.dot:3:", suite.Elements("testcase").First().Element("failure")!.Value, StringComparison.Ordinal);
    }

    private static string Text(Action<Stream> write)
    {
        using var stream = new MemoryStream();
        write(stream);
        return Encoding.UTF8.GetString(stream.ToArray());
    }
}
