using System.Text;
using ParallelDag.Engines;
using ParallelDag.Wording;
using static ParallelDag.Formats.Tests.Engines.EnginePlans;

namespace ParallelDag.Formats.Tests.Engines;

/// <summary>The commands in docs/engines.md are those that a launch writes; <c>PARALLELDAG_APPROVE=1</c> writes them anew.</summary>
public sealed class DocumentedExamplesTests
{
    private const string Begin = "<!-- examples -->\n", End = "<!-- /examples -->\n";

    [Fact]
    public void Are_what_a_launch_writes()
    {
        string path = Repository.PathOf("docs/engines.md");
        string page = File.ReadAllText(path);
        int start = page.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length, end = page.IndexOf(End, StringComparison.Ordinal);
        string written = page[..start] + Commands() + page[end..];
        if (Environment.GetEnvironmentVariable("PARALLELDAG_APPROVE") == "1")
            File.WriteAllText(path, written);
        Assert.Equal(written, File.ReadAllText(path));
    }

    private static string Commands()
    {
        var text = new StringBuilder();
        foreach (string path in Examples)
        {
            text.Append($"\n### {Path.GetFileNameWithoutExtension(path)}\n\n```sh\n");
            foreach (EngineKind engine in new[] { EngineKind.Vllm, EngineKind.Sglang, EngineKind.Trtllm })
                text.Append(Of(path, engine));
            text.Append("```\n");
        }

        return text.ToString();
    }

    private static string Of(string path, EngineKind engine)
    {
        string name = EngineTable.Of(engine).Name;
        try
        {
            Launch launch = Start(Load(path), engine);
            var text = new StringBuilder($"# {name}\n");
            foreach (LaunchFile file in launch.Files.Where(file => IsFirst(file.Name)))
            {
                foreach (string line in file.Text.Split('\n').Where(line => line.Contains("_PP_LAYER_PARTITION", StringComparison.Ordinal)))
                    text.Append($"{line}\n");
                text.Append(EnginePlans.Commands(launch)[file.Name]).Append('\n');
            }

            foreach (LaunchFile file in launch.Files.Where(file => file.Name.EndsWith(".yaml", StringComparison.Ordinal)))
            {
                IEnumerable<string> lines = Uncommented(file).Split('\n').Where(line => line.Length > 0).Select(line => line.Trim());
                text.Append($"# {file.Name}: {string.Join(", ", lines)}\n");
            }

            foreach (LaunchRemark remark in launch.Remarks.Where(remark => remark.Differs))
                text.Append($"# warning, line {Place(remark.Problem)}\n");
            return text.ToString();
        }
        catch (InputException refusal)
        {
            return string.Concat(refusal.Problems.Select(problem => $"# {name} refuses, line {Place(problem)}\n"));
        }
    }

    private static string Place(InputProblem problem) =>
        Words.Invariant($"{problem.Position.Line}:{problem.Position.Column}: {problem.Message}");

    private static bool IsFirst(string name) => name.EndsWith(".sh", StringComparison.Ordinal)
        && !System.Text.RegularExpressions.Regex.IsMatch(name, @"_node[1-9]\d*\.sh$|_(prefill|decode)_[1-9]\d*(_node\d+)?\.sh$");
}
