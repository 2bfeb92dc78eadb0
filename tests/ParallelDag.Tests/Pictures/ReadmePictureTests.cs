using System.Runtime.CompilerServices;
using ParallelDag.Graphs;
using ParallelDag.Lowering;
using ParallelDag.Pictures;
using ParallelDag.Tests.Support;
using ParallelDag.Writers;

namespace ParallelDag.Tests.Pictures;

/// <summary>README and docs show what the reference plan is drawn as today; PARALLELDAG_APPROVE=1 writes the pictures anew.</summary>
public class ReadmePictureTests
{
    private static readonly DeploymentPlan Plan = DeploymentPlan.Create(TestPlans.Reference);

    private static readonly Lazy<PictureSubject> Subject = new(() => new PictureSubject(Plan));

    private static readonly string Images = Path.Combine(Folder(), "..", "..", "..", "docs", "images");

    public static TheoryData<string> Names => [.. Drawn.Keys];

    private static IReadOnlyDictionary<string, Func<string>> Drawn { get; } = PlanPictures.All.Where(picture => picture.Applies(Plan))
        .ToDictionary(picture => picture.FileName(Plan.Name), picture => (Func<string>)(() => picture.ToText(Subject.Value)))
        .Append(new("llm_parallel_simplified.svg", () => SvgWriter.ToText(DagGenerator.Generate(Plan, DetailLevel.Overview))))
        .ToDictionary();

    [Theory]
    [MemberData(nameof(Names))]
    public void A_picture_of_the_docs_is_that_of_the_reference_plan(string name)
    {
        string shown = Path.Combine(Images, name), drawn = Drawn[name]();
        if (Environment.GetEnvironmentVariable("PARALLELDAG_APPROVE") == "1")
            File.WriteAllText(shown, drawn);
        Assert.Equal(File.ReadAllText(shown).ReplaceLineEndings("\n"), drawn);
    }

    [Fact]
    public void Every_picture_of_the_docs_is_one_of_them() =>
        Assert.Equal(Drawn.Keys.Order(StringComparer.Ordinal),
            Directory.GetFiles(Images).Select(Path.GetFileName).Order(StringComparer.Ordinal));

    private static string Folder([CallerFilePath] string file = "") => Path.GetDirectoryName(file)!;
}
