using System.Runtime.CompilerServices;
using ParallelDag.Pictures;
using ParallelDag.Tests.Support;

namespace ParallelDag.Tests.Pictures;

public class ReadmePictureTests
{
    /// <summary>The README shows what the reference plan is drawn as today; PARALLELDAG_APPROVE=1 writes it anew.</summary>
    [Fact]
    public void The_map_in_the_README_is_that_of_the_reference_plan()
    {
        string shown = Path.Combine(Folder(), "..", "..", "..", "docs", "images", "llm_parallel_map.svg");
        string drawn = PlanPictures.Of(PictureKind.Map).ToText(new PictureSubject(DeploymentPlan.Create(TestPlans.Reference)));
        if (Environment.GetEnvironmentVariable("PARALLELDAG_APPROVE") == "1")
            File.WriteAllText(shown, drawn);
        Assert.Equal(File.ReadAllText(shown).ReplaceLineEndings("\n"), drawn);
    }

    private static string Folder([CallerFilePath] string file = "") => Path.GetDirectoryName(file)!;
}
