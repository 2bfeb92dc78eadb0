using System.Text.RegularExpressions;
using ParallelDag.Formats.Yaml;
using ParallelDag.Lowering;
using ParallelDag.Plans;
using ParallelDag.Writers;

namespace ParallelDag.Formats.Tests;

/// <summary>What the README says of plan files is so.</summary>
public partial class ReadmeTests
{
    private static readonly string Readme = File.ReadAllText(Repository.PathOf("README.md"));

    [Fact]
    public void Its_plan_is_the_reference_plan()
    {
        string text = YamlBlock().Match(Readme).Groups[1].Value;

        DeploymentPlan readme = PlanReader.Read(YamlDocument.Read(text));
        DeploymentPlan reference = PlanFile.Load(Repository.PathOf("examples/llm_parallel.yaml"));

        Assert.Equal(DotWriter.ToText(DagGenerator.Generate(reference)), DotWriter.ToText(DagGenerator.Generate(readme)));
        Assert.Equal(reference.Cluster, readme.Cluster);
        Assert.Equal(reference.Workload, readme.Workload);
    }

    [Fact]
    public void Its_built_in_GPUs_are_all_there_are() =>
        Assert.Contains($"Built-in GPUs: {string.Join(", ", DeviceProfile.BuiltIn.Select(profile => profile.Name))}.", Readme,
            StringComparison.Ordinal);

    /// <summary>The keys of each section are those that the reader lists where it meets an unknown one.</summary>
    [Theory]
    [InlineData("model", "model")]
    [InlineData("model.moe", "model.moe")]
    [InlineData("model.mla", "model.mla")]
    [InlineData("model.precision", "model.precision")]
    [InlineData("cluster", "cluster")]
    [InlineData("workload", "workload")]
    [InlineData("limits", "limits")]
    [InlineData("prefill", "prefill`, `decode")]
    public void Its_keys_are_all_there_are(string section, string row)
    {
        string cells = Regex.Match(Readme, $@"^\| `{Regex.Escape(row)}` \| (.+) \|$", RegexOptions.Multiline).Groups[1].Value;
        IEnumerable<string> keys = Key().Matches(Brackets().Replace(cells, "")).Select(match => match.Groups[1].Value);
        string plan = section.Split('.')
            .Aggregate("name: x\n", (text, name) => $"{text}{(name is "moe" or "mla" or "precision" ? "  " : "")}{name}:\n")
            + "    zzzzzzzz: 1\n";

        string problems = Assert.Throws<InputException>(() => PlanReader.Read(YamlDocument.Read(plan))).Message;

        string known = Regex.Match(problems, "unknown key 'zzzzzzzz' in [a-z.]+; known are (.+)").Groups[1].Value;
        Assert.Equal(known.Split(", "), keys.Order(StringComparer.Ordinal));
    }

    [GeneratedRegex("```yaml\n(.+?)```", RegexOptions.Singleline)]
    private static partial Regex YamlBlock();

    [GeneratedRegex("`([A-Za-z]+)(?:: true)?`")]
    private static partial Regex Key();

    [GeneratedRegex(@"\([^)]*\)")]
    private static partial Regex Brackets();
}
