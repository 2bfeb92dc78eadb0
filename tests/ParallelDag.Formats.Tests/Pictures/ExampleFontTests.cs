using ParallelDag.Graphs;
using ParallelDag.Lowering;
using ParallelDag.Pictures;
using ParallelDag.Pictures.Canvas;
using ParallelDag.Tests.Writers;
using ParallelDag.Writers;

namespace ParallelDag.Formats.Tests.Pictures;

/// <summary>No text of any picture of any example leaves its room, measured by a browser in the fonts that pictures are shown in.</summary>
public class ExampleFontTests
{
    [ChromiumFact]
    public async Task Texts_of_the_pictures_of_examples_stay_in_their_rooms()
    {
        var pictures = Repository.Plans.Select(file => (File: file, All: FontRooms.PicturesOf(PlanFile.Load(Repository.PathOf(file)))))
            .ToList();
        await FontRooms.ForEachFont(async (browser, font) =>
        {
            foreach ((string file, IReadOnlyList<(PictureKind, Sheet)> all) in pictures)
                await FontRooms.AssertPictures(browser, font, all, file);
        });
    }

    [ChromiumFact]
    public async Task Texts_of_the_graphs_of_examples_stay_in_their_boxes_and_frames()
    {
        var graphs = Repository.Plans.SelectMany(file => new[] { DetailLevel.Overview, DetailLevel.Operator }.Select(detail => (
            What: $"{file}, {detail}",
            Svg: SvgWriter.ToText(DagGenerator.Generate(PlanFile.Load(Repository.PathOf(file)), detail))))).ToList();
        int lines = 0;
        await FontRooms.ForEachFont(async (browser, font) =>
        {
            foreach ((string what, string svg) in graphs)
                lines += await FontRooms.AssertGraph(browser, font, svg, what);
        });
        Assert.True(lines > 5000);
    }
}
