using System.Text;
using System.Text.Json;
using System.Xml.Linq;
using ParallelDag.Checks;
using ParallelDag.Readers;
using ParallelDag.Reports;
using ParallelDag.Tests.Checks;

namespace ParallelDag.Tests.Reports;

/// <summary>Results for build servers, code hosts and editors, of hostile files and strict runs.</summary>
public class CheckWritersTests
{
    private const string Drawn = """
        digraph g {
          a [shape=box, label="QKV Projection\nGPU: 0\nInput: [x=1]\nOutput: [x=1]"];
          b [shape=box, label="Attention\nGPU: 1\nInput: [x=1]\nOutput: [x=1]"];
          a -> b;
        }
        """;

    private static CheckReport Report => CheckRunner.Run(DotReader.Read(Drawn, "my plan.dot"));

    [Fact]
    public void SARIF_names_the_file_as_a_URI_and_in_strict_runs_what_was_skipped()
    {
        using JsonDocument sarif = JsonDocument.Parse(Sarif(Report, strict: false));
        JsonElement moved = sarif.RootElement.GetProperty("runs")[0].GetProperty("results").EnumerateArray()
            .First(result => result.GetProperty("ruleId").GetString() == "PD022");
        JsonElement place = moved.GetProperty("locations")[0].GetProperty("physicalLocation");
        Assert.Equal("my%20plan.dot", place.GetProperty("artifactLocation").GetProperty("uri").GetString());
        string text = moved.GetProperty("message").GetProperty("text").GetString()!;
        Assert.Contains("add a Send/Recv from GPU 0 to GPU 1", text, StringComparison.Ordinal);
        Assert.DoesNotContain("\"PD013\",\"level\"", Sarif(Report, strict: false), StringComparison.Ordinal);
        Assert.Contains("\"PD013\",\"level\"", Sarif(Report, strict: true), StringComparison.Ordinal);
    }

    [Fact]
    public void JUnit_has_a_case_for_every_rule()
    {
        XElement suite = XDocument.Parse(JUnit(Report, strict: false)).Root!.Element("testsuite")!;
        Assert.Equal(Report.Results.Count, suite.Elements("testcase").Count());
        Assert.Equal(Report.Count(CheckStatus.Fail), (int)suite.Attribute("failures")!);
        XElement moved = suite.Elements("testcase")
            .Single(test => ((string)test.Attribute("name")!).StartsWith("PD022", StringComparison.Ordinal));
        Assert.Contains("my plan.dot:4:", moved.Element("failure")!.Value, StringComparison.Ordinal);
        Assert.NotEmpty(suite.Descendants("skipped"));
        XElement strict = XDocument.Parse(JUnit(Report, strict: true)).Root!.Element("testsuite")!;
        Assert.Empty(strict.Descendants("skipped"));
        Assert.Equal(Report.Results.Count(result => result.Status != CheckStatus.Pass), strict.Descendants("failure").Count());
    }

    [Fact]
    public void Annotations_are_escaped_as_the_runner_reads_them()
    {
        using var text = new StringWriter();
        AnnotationWriter.Write([CheckRunner.Run(DotReader.Read(Drawn, "a:b,100%.dot"))], text);
        string moved = text.ToString().Split('\n').Single(line => line.Contains("PD022", StringComparison.Ordinal));
        Assert.StartsWith("::error file=a%3Ab%2C100%25.dot,line=4,col=", moved, StringComparison.Ordinal);
        Assert.Contains(",title=PD022 Data moves", moved, StringComparison.Ordinal);
        Assert.Contains("::notice title=", text.ToString(), StringComparison.Ordinal);
        Assert.All(text.ToString().TrimEnd('\n').Split('\n'), line => Assert.StartsWith("::", line, StringComparison.Ordinal));
    }

    [Fact]
    public void Characters_that_a_format_cannot_hold_do_not_break_it()
    {
        var mutator = new DagMutator(SmallDag.Build());
        mutator.Nodes[1] = mutator.Nodes[1] with { Id = "a\u0001\ufffe<]]>\"\n::error::x" };
        CheckReport report = CheckRunner.Run(mutator.AddEdge("project1", "project1").Gpus("norm2", null).Build());
        Assert.NotNull(XDocument.Parse(JUnit(report, strict: true)).Root);
        Assert.NotNull(JsonDocument.Parse(Sarif(report, strict: true)));
    }

    [Fact]
    public void Order_and_text_follow_from_the_report_alone()
    {
        Assert.Equal(Sarif(Report, true), Sarif(Report, true));
        Assert.Equal(JUnit(Report, true), JUnit(Report, true));
    }

    private static string Sarif(CheckReport report, bool strict)
    {
        using var stream = new MemoryStream();
        SarifWriter.Write([report], stream, strict);
        return Encoding.UTF8.GetString(stream.ToArray());
    }

    private static string JUnit(CheckReport report, bool strict)
    {
        using var stream = new MemoryStream();
        JUnitWriter.Write([report], stream, strict);
        return Encoding.UTF8.GetString(stream.ToArray());
    }
}
