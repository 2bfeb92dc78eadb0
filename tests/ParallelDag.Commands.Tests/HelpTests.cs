using System.Text.RegularExpressions;
using System.Xml.Linq;
using ParallelDag.Help;

namespace ParallelDag.Commands.Tests;

/// <summary>Help says what the cmdlets do: pages equal parameters, and what Get-Help reads is made of the pages.</summary>
public sealed partial class HelpTests
{
    private static readonly HelpPage Shared = HelpPage.Read(Module.InRepository("docs/cmdlets/shared-parameters.md"));

    public static TheoryData<string> Names => [.. Module.Cmdlets.Select(cmdlet => cmdlet.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_page_describes_its_cmdlet_and_nothing_else(string name) =>
        Assert.Empty(Page(name).Compare(Module.Cmdlets.Single(cmdlet => cmdlet.Name == name)));

    [Fact]
    public void There_is_no_page_without_a_cmdlet() =>
        Assert.Equal(
            Module.Cmdlets.Select(cmdlet => cmdlet.Name),
            Directory.GetFiles(Module.InRepository("docs/cmdlets"), "*-*.md").Select(Path.GetFileNameWithoutExtension)
                .Where(name => name != "shared-parameters").Order(StringComparer.Ordinal)!);

    [Theory]
    [MemberData(nameof(Names))]
    public void Links_lead_to_cmdlets_and_topics(string name)
    {
        foreach (string link in Page(name).Links)
        {
            Assert.True(
                Module.Exported.Contains(link) || File.Exists(Module.InRepository($"docs/{link}.md"))
                    || AboutTopic.References.Any(reference => reference.Topic == link),
                $"{name} links to {link}, which does not exist");
        }
    }

    [Fact]
    public void Maml_holds_every_cmdlet_with_its_sets()
    {
        string file = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        try
        {
            MamlWriter.Write(file, Module.Cmdlets.Select(cmdlet => (cmdlet, Page(cmdlet.Name))), "https://example.org/pages");
            XNamespace command = "http://schemas.microsoft.com/maml/dev/command/2004/10";
            XElement[] commands = [.. XDocument.Load(file).Root!.Elements(command + "command")];
            Assert.Equal(Module.Cmdlets.Select(cmdlet => cmdlet.Name),
                commands.Select(element => element.Element(command + "details")!.Element(command + "name")!.Value));
            Assert.Equal(Module.Cmdlets.Select(cmdlet => cmdlet.Sets.Count),
                commands.Select(element => element.Element(command + "syntax")!.Elements().Count()));
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public void A_missing_description_is_found()
    {
        CmdletMetadata real = Module.Cmdlets.Single(cmdlet => cmdlet.Name == "Get-DagNode");
        ParameterMetadata added = real.Parameters[0] with { Name = "Undescribed" };
        Assert.Contains(Page("Get-DagNode").Compare(real with { Parameters = [.. real.Parameters, added] }),
            fault => fault.Contains("-Undescribed", StringComparison.Ordinal));
        Assert.Contains(Page("Get-DagNode")
            .Compare(real with { Parameters = [.. real.Parameters.Where(parameter => parameter.Name != "Gpu")] }), fault =>
            fault.Contains("-Gpu", StringComparison.Ordinal));
    }

    [Fact]
    public void About_topics_fit_80_columns_apart_from_code()
    {
        IEnumerable<string> references = AboutTopic.References.Select(reference => Module.InRepository("docs/" + reference.Page));
        foreach (string file in Directory.GetFiles(Module.InRepository("docs"), "about_*.md").Concat(references))
        {
            string markdown = File.ReadAllText(file);
            string[] code = [.. CodeBlocks().Matches(markdown.ReplaceLineEndings("\n"))
                .SelectMany(match => match.Groups[1].Value.Split('\n')).Select(line => "    " + line)];
            foreach (string line in AboutTopic.ToText(markdown).Split('\n').Except(code))
                Assert.True(line.Length <= 80, $"{Path.GetFileName(file)}: {line}");
        }
    }

    [Fact]
    public void The_error_topic_lists_every_error_of_the_catalogue()
    {
        string catalogue = File.ReadAllText(Module.InRepository("src/ParallelDag.Commands/Errors/ErrorRecords.cs"));
        string topic = File.ReadAllText(Module.InRepository("docs/about_ParallelDag_Errors.md"));
        Assert.Equal(
            CatalogueIds().Matches(catalogue).Select(match => match.Groups[1].Value).Distinct().Order(StringComparer.Ordinal),
            TopicIds().Matches(topic).Select(match => match.Groups[1].Value).Where(id => id != "Id").Order(StringComparer.Ordinal));
    }

    private static HelpPage Page(string name) => HelpPage.Read(Module.InRepository($"docs/cmdlets/{name}.md"), Shared);

    [GeneratedRegex("(?:New|Fault)\\(\"([A-Z]\\w+)\"")]
    private static partial Regex CatalogueIds();

    [GeneratedRegex(@"^\| ([A-Z]\w+) \|", RegexOptions.Multiline)]
    private static partial Regex TopicIds();

    [GeneratedRegex("^```[a-z]*\n(.*?)\n```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex CodeBlocks();
}
