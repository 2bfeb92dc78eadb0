using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using ParallelDag.Graphs;
using ParallelDag.Layouts;
using ParallelDag.Lowering;
using ParallelDag.Pictures;
using ParallelDag.Pictures.Canvas;
using ParallelDag.Tests.Support;
using ParallelDag.Writers;

namespace ParallelDag.Tests.Writers;

/// <summary>No text leaves its room, measured by a browser in the fonts that pictures are shown in.</summary>
public class FontTests
{
    private static readonly string[] Fonts = ["Liberation Sans", "DejaVu Sans"];

    private static IEnumerable<DeploymentPlan> Plans =>
        Enumerable.Range(0, 5).Select(TestPlans.Random).Prepend(DeploymentPlan.Create(TestPlans.Reference));

    [ChromiumFact]
    public async Task Labels_of_boxes_stay_in_their_outlines()
    {
        // The glyphs of a line reach from 0.73 of the size above the base line to 0.22 below it.
        const string Leaving = """
            [...document.querySelectorAll('svg > g.n')].flatMap(node => {
              const outline = node.querySelector(':scope > rect, :scope > ellipse, :scope > path').getBBox();
              const middle = outline.y + outline.height / 2, half = outline.height / 2;
              return [...node.querySelectorAll('tspan')].filter(line => {
                const base = +line.getAttribute('y'), size = parseFloat(getComputedStyle(line).fontSize);
                const top = base - 0.73 * size, bottom = base + 0.22 * size;
                const away = Math.max(Math.abs(top - middle), Math.abs(bottom - middle)) / half;
                const room = node.querySelector(':scope > ellipse') ? outline.width * Math.sqrt(Math.max(0, 1 - away * away))
                  : node.querySelector(':scope > path') ? outline.width - 2 * 12 * (0.5 + away / 2) : outline.width;
                return away > 1 || line.getComputedTextLength() > room + 0.5;
              }).map(line => line.textContent);
            })
            """;
        int lines = 0;
        await ForEachFont(async (browser, font) =>
        {
            foreach (DeploymentPlan plan in Plans)
            {
                foreach (DetailLevel detail in new[] { DetailLevel.Overview, DetailLevel.Operator })
                {
                    await Open(browser, SvgWriter.ToText(DagGenerator.Generate(plan, detail)), font);
                    JsonArray leaving = (await browser.EvaluateAsync(Leaving))!.AsArray();
                    Assert.True(leaving.Count == 0,
                        $"{font}, {plan}, {detail}: {string.Join("; ", leaving.Select(line => (string?)line))}");
                    lines += (await browser.EvaluateAsync("document.querySelectorAll('tspan').length"))!.GetValue<int>();
                }
            }
        });
        Assert.True(lines > 500);
    }

    [ChromiumFact]
    public async Task Texts_of_pictures_stay_in_their_rooms() => await ForEachFont(async (browser, font) =>
    {
        foreach (DeploymentPlan plan in Plans)
        {
            var subject = new PictureSubject(plan, new CheckReport(plan.Name, []));
            foreach (PlanPicture picture in PlanPictures.All.Where(picture => picture.Applies(plan)))
            {
                await Open(browser, picture.ToText(subject), font);
                JsonArray widths = (
                    await browser.EvaluateAsync(
                        "[...document.querySelectorAll('svg text')].map(text => text.getComputedTextLength())"))!.AsArray();
                TextMark[] texts = [.. picture.Draw(subject).Marks.OfType<TextMark>()];
                Assert.Equal(texts.Length, widths.Count);
                foreach ((TextMark text, JsonNode? width) in texts.Zip(widths))
                {
                    double measured = width!.GetValue<double>();
                    Assert.True(measured <= text.Room + 0.5, string.Create(
                        CultureInfo.InvariantCulture,
                        $"{font}, {plan}, {picture.Kind}: '{text.Text}' is {measured} wide in a room of {text.Room}"));
                }
            }
        }
    });

    private static async Task ForEachFont(Func<Chromium, string, Task> check)
    {
        await using Chromium browser = await Chromium.StartAsync(1600, 1000);
        foreach (string font in Fonts)
        {
            // A font that is not there is as wide as whatever stands in for it.
            string probe = $$"""
                (() => { const context = document.createElement('canvas').getContext('2d');
                  const width = family => { context.font = `20px ${family}`; return context.measureText('mmmiiiWWW').width; };
                  return width('"{{font}}", monospace') !== width('monospace'); })()
                """;
            if ((await browser.EvaluateAsync(probe))!.GetValue<bool>())
                await check(browser, font);
            else
                Assert.Skip($"SKIPPED: {font} is not installed, so no text was measured in it");
        }
    }

    private static async Task Open(Chromium browser, string svg, string font)
    {
        string file = Path.Combine(Directory.CreateTempSubdirectory("picture").FullName, "picture.html");
        try
        {
            string body = svg[svg.IndexOf("<svg", StringComparison.Ordinal)..];
            await File.WriteAllTextAsync(file,
                $"<!doctype html><meta charset=utf-8><style>svg text, svg tspan {{ font-family: '{font}' !important }}</style>{body}",
                Encoding.UTF8);
            await browser.OpenAsync(file, "document.readyState === 'complete'");
        }
        finally
        {
            Directory.Delete(Path.GetDirectoryName(file)!, recursive: true);
        }
    }
}
