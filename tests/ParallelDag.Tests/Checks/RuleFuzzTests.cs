using System.Text.RegularExpressions;
using ParallelDag.Checks;
using ParallelDag.Lowering;
using ParallelDag.Readers;
using ParallelDag.Reports;
using ParallelDag.Writers;

namespace ParallelDag.Tests.Checks;

/// <summary>Whatever a file says, the rules and the report come to an end with one line each.</summary>
public partial class RuleFuzzTests
{
    private static readonly string[] Numbers =
        ["0", "1", "2", "3", "7", "16", "65535", "1048575", "2147483647", "9223372036854775807", "?", "-1"];
    private static readonly string[] Words =
        ["R", "P", "S(hidden)", "tp", "etp", "gate", "experts", "dispatch", "kv", "pipeline", "all-gather", "send-recv", "overview",
            "device", "[x=1]", "", "\"", "Q [a=1]; K [b=2]"];

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Rules_and_report_end_on_any_graph_that_is_read(bool dot)
    {
        var random = new Random(11);
        Dag[] dags = [DagGenerator.Generate(SamplePlans.Reference(4), DetailLevel.Overview),
            DagGenerator.Generate(SamplePlans.Reference(4), phase: PhaseKind.Decode)];
        string[] texts = [.. dags.Select(dag => dot ? DotWriter.ToText(dag) : JsonWriter.ToText(dag))];
        int read = 0, failed = 0;
        for (int round = 0; round < 120; round++)
        {
            string text = Mutate(random, texts[random.Next(texts.Length)]);
            Dag dag;
            try
            {
                dag = dot ? DotReader.Read(text, "a.dot") : JsonReader.Read(System.Text.Encoding.UTF8.GetBytes(text), "a.json");
            }
            catch (InputException)
            {
                continue;
            }

            read++;
            CheckReport report = CheckRunner.Run(dag);
            failed += report.Holds ? 0 : 1;
            Assert.All(report.Results, result =>
            {
                Assert.NotEmpty(result.Evidence);
                Assert.DoesNotContain(result.Evidence, char.IsControl);
                Assert.True(result.Nodes.Count <= CheckResult.MaxWitnesses && result.Edges.Count <= CheckResult.MaxWitnesses);
            });
            Assert.NotEmpty(ReportWriter.ToText(dag, report));
        }

        Assert.True(read > 10 && failed > 5, $"{read} read, {failed} failed: the mutations say little");
    }

    /// <summary>A few numbers, words and lines changed.</summary>
    private static string Mutate(Random random, string text)
    {
        int changes = 1 + random.Next(4);
        for (int change = 0; change < changes; change++)
        {
            Match token = Token().Match(text, random.Next(text.Length * 9 / 10));
            string with = char.IsAsciiDigit(token.Value[0]) ? Numbers[random.Next(Numbers.Length)] : Words[random.Next(Words.Length)];
            int lines = random.Next(8);
            if (lines == 0)
            {
                string[] all = text.Split('\n');
                all[random.Next(all.Length)] = all[random.Next(all.Length)];
                text = string.Join('\n', all);
            }
            else
            {
                text = text[..token.Index] + with + text[(token.Index + token.Length)..];
            }
        }

        return text;
    }

    [GeneratedRegex(@"[0-9]+|(?<=[=,""(])[A-Za-z_]+(?=[,""\])=])")]
    private static partial Regex Token();
}
