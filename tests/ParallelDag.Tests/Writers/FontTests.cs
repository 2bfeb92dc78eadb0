using ParallelDag.Graphs;
using ParallelDag.Lowering;
using ParallelDag.Tests.Support;
using ParallelDag.Writers;

namespace ParallelDag.Tests.Writers;

/// <summary>No text leaves its room, measured by a browser in the fonts that pictures are shown in.</summary>
public class FontTests
{
    private static IEnumerable<DeploymentPlan> Plans =>
        Enumerable.Range(0, 5).Select(TestPlans.Random).Prepend(DeploymentPlan.Create(TestPlans.Reference));

    [ChromiumFact]
    public async Task Labels_of_boxes_stay_in_their_outlines_and_headings_in_their_frames()
    {
        int lines = 0;
        await FontRooms.ForEachFont(async (browser, font) =>
        {
            foreach (DeploymentPlan plan in Plans)
            {
                foreach (DetailLevel detail in new[] { DetailLevel.Overview, DetailLevel.Operator })
                {
                    string svg = SvgWriter.ToText(DagGenerator.Generate(plan, detail));
                    lines += await FontRooms.AssertGraph(browser, font, svg, $"{plan}, {detail}");
                }
            }
        });
        Assert.True(lines > 500);
    }

    [ChromiumFact]
    public async Task Texts_of_pictures_stay_in_their_rooms() => await FontRooms.ForEachFont(async (browser, font) =>
    {
        foreach (DeploymentPlan plan in Plans)
            await FontRooms.AssertPictures(browser, font, FontRooms.PicturesOf(plan), $"{plan}");
    });
}
