using System.Xml.Linq;

namespace ParallelDag.Cli.Tests;

public sealed class PictureTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_picture_goes_to_standard_output_or_to_a_file_the_same()
    {
        Finished run = CommandLine.Run("export", CommandLine.ReferencePlan, "--picture", "map").Succeeded();
        CommandLine.RunIn(_folder.Path, null, "export", CommandLine.ReferencePlan, "--picture", "MAP", "--format", "svg", "-o", "map.svg")
            .Succeeded();

        Assert.Equal("svg", XDocument.Parse(run.Output).Root!.Name.LocalName);
        Assert.Equal(run.Output, File.ReadAllText(_folder["map.svg"]));
    }

    [Theory]
    [InlineData("--picture takes map", "--picture", "moon")]
    [InlineData("--picture is written as SVG; leave '--format dot' out", "--picture", "map", "--format", "dot")]
    [InlineData("--layers is for graphs, not for --picture", "--picture", "map", "--layers", "2-5")]
    [InlineData("Option '--format' is required, or '--picture'")]
    public void Arguments_that_make_no_picture_are_refused(string fault, params string[] arguments)
    {
        Finished run = CommandLine.Run(["export", CommandLine.ReferencePlan, .. arguments]);
        Assert.Equal((2, ""), (run.ExitCode, run.Output));
        Assert.Contains(fault, run.Error, StringComparison.Ordinal);
        Assert.Single(run.Error.TrimEnd().Split('\n'));
    }

    [Fact]
    public void A_graph_has_no_picture_of_its_plan()
    {
        _folder.Write("graph.dot", "digraph { a -> b }");
        Finished run = CommandLine.RunIn(_folder.Path, null, "export", "graph.dot", "--picture", "map");
        Assert.Equal(2, run.ExitCode);
        Assert.Contains("this is a graph", run.Error, StringComparison.Ordinal);
    }
}
