using System.Text.RegularExpressions;
using ParallelDag.Help;

namespace ParallelDag.Commands.Tests;

/// <summary>What the attributes of the cmdlets promise, checked without a PowerShell.</summary>
public sealed class CmdletTests
{
    // The verbs of ours among those that Get-Verb lists.
    /// <summary>Those of PowerShell's own (VerbsCommon, VerbsData, VerbsDiagnostic) that the module uses.</summary>
    private static readonly string[] ApprovedVerbs =
        ["Compare", "ConvertFrom", "ConvertTo", "Export", "Find", "Get", "Import", "Measure", "New", "Show", "Test", "Watch"];

    public static TheoryData<string> Names => [.. Module.Cmdlets.Select(cmdlet => cmdlet.Name)];

    [Fact]
    public void The_manifest_exports_exactly_the_cmdlets_that_there_are() =>
        Assert.Equal(Module.Cmdlets.Select(cmdlet => cmdlet.Name), Module.Exported.Order(StringComparer.Ordinal));

    [Fact]
    public void The_manifest_has_the_version_of_the_build()
    {
        string version = Regex.Match(File.ReadAllText(Module.InRepository("Directory.Build.props")),
            "<Version>(.*)</Version>").Groups[1].Value;
        Assert.Matches($@"ModuleVersion\s*=\s*'{Regex.Escape(version)}'", Module.Manifest);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Names_follow_the_guidelines(string name)
    {
        CmdletMetadata cmdlet = Find(name);
        Assert.Contains(cmdlet.Verb, ApprovedVerbs);
        Assert.Matches("^[A-Z][A-Za-z]+$", cmdlet.Noun);
        Assert.Matches("Dag|DeploymentPlan|QuikGraph|Launch", cmdlet.Noun);
        Assert.StartsWith(cmdlet.Verb + cmdlet.Noun, cmdlet.TypeName.Split('.')[^1], StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_set_takes_pipeline_input_and_whole_objects_once(string name)
    {
        CmdletMetadata cmdlet = Find(name);
        foreach (string set in cmdlet.Sets)
        {
            ParameterUse[] uses = [.. cmdlet.Parameters.Select(parameter => parameter.In(set)).OfType<ParameterUse>()];
            Assert.Contains(uses, use => use.ByValue || use.ByPropertyName);
            Assert.True(uses.Count(use => use.ByValue) <= 1, $"{name}, set {set}");
            int[] positions = [.. uses.Select(use => use.Position).OfType<int>()];
            Assert.Equal(positions.Distinct(), positions);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void The_default_set_is_one_of_the_sets(string name)
    {
        CmdletMetadata cmdlet = Find(name);
        Assert.True(cmdlet.Sets.Count == 1 || cmdlet.Sets.Contains(cmdlet.DefaultSet), $"{name} has several sets and no default one");
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Switches_are_switches_and_paths_are_arrays_where_files_are_read(string name)
    {
        CmdletMetadata cmdlet = Find(name);
        Assert.DoesNotContain(cmdlet.Parameters, parameter => parameter.Type is "System.Boolean");
        foreach (ParameterMetadata path in cmdlet.Parameters.Where(parameter => parameter.Name is "Path" or "LiteralPath"))
            Assert.Equal(cmdlet.Verb != "Export", path.IsArray);
        if (cmdlet.Parameters.FirstOrDefault(parameter => parameter.Name == "LiteralPath") is { } literal)
            Assert.Contains("PSPath", literal.Aliases);
    }

    [Fact]
    public void One_parameter_name_has_one_type()
    {
        IEnumerable<string> mixed = Module.Cmdlets.SelectMany(cmdlet => cmdlet.Parameters)
            .Where(parameter => parameter.Name is not ("Path" or "LiteralPath" or "As"))
            .GroupBy(parameter => parameter.Name)
            .Where(group => group.Select(parameter => parameter.Type).Distinct().Count() > 1)
            .Select(group => group.Key);
        Assert.Empty(mixed);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Outputs_are_declared_and_writers_ask(string name)
    {
        CmdletMetadata cmdlet = Find(name);
        Assert.NotEmpty(cmdlet.OutputTypes);
        if (cmdlet.Verb == "Export")
            Assert.True(cmdlet.ShouldProcess);
    }

    private static CmdletMetadata Find(string name) => Module.Cmdlets.Single(cmdlet => cmdlet.Name == name);
}
