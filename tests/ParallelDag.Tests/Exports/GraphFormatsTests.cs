using ParallelDag.Exports;
using ParallelDag.Files;
using ParallelDag.Lowering;
using ParallelDag.Readers;
using ParallelDag.Tests.Support;
using ParallelDag.Tests.Writers;
using ParallelDag.Writers;

namespace ParallelDag.Tests.Exports;

public sealed class GraphFormatsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("paralleldag-formats-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    public static TheoryData<string> Names => [.. GraphFormats.All.Where(format => format.Parts is null).Select(format => format.Name)];

    [Fact]
    public void Names_and_extensions_tell_formats_apart()
    {
        Assert.Equal(
            ["dot", "svg", "json", "html", "mermaid", "trace", "chakra", "graphml"], GraphFormats.All.Select(format => format.Name));
        Assert.Equal(GraphFormats.All.Count, GraphFormats.All.Select(format => format.Extension).Distinct().Count());
        Assert.Same(GraphFormats.Svg, GraphFormats.Find("SVG"));
        Assert.Null(GraphFormats.Find("none"));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_stream_and_a_file_get_the_same_bytes(string name)
    {
        GraphFormat format = GraphFormats.Find(name)!;
        Dag dag = format.Takes.HasFlag(ExportChoices.Schedule)
            ? DagGenerator.Generate(DeploymentPlan.Create(TestPlans.Reference))
            : FileSamples.Generated();
        string path = Path.Combine(_folder, "graph" + format.Extension);
        using (var files = new OutputFiles())
        {
            format.Write(dag, new FileOutput(files, path), new ExportOptions(), CancellationToken.None);
            files.Commit();
        }

        Assert.Equal(format.ToText(dag, null, out _), File.ReadAllText(path));
        GraphFileKind read = GraphFile.KindOf(InputFile.Read(path, null, GraphFile.MaxBytes));
        Assert.Equal(format.FileKind, read);
        if (read != GraphFileKind.None)
            Assert.Equal(DotWriter.ToText(dag), DotWriter.ToText(GraphFile.Read(path)));
    }

    [Fact]
    public void A_format_may_be_several_files_that_appear_together()
    {
        string path = Path.Combine(_folder, "trace.json");
        using (var files = new OutputFiles())
        {
            var output = new FileOutput(files, path);
            output.Write(stream => stream.Write("whole"u8));
            output.WriteBeside(".0.et", stream => stream.Write("part"u8));
            Assert.Empty(Directory.EnumerateFiles(_folder, "trace*"));
            files.Commit();
        }

        Assert.Equal("part", File.ReadAllText(Path.Combine(_folder, "trace.0.et")));
        Assert.Throws<InputException>(() => new StreamOutput(Stream.Null).WriteBeside(".0.et", _ => { }));
    }
}
