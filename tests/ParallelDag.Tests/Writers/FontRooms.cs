using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using ParallelDag.Pictures;
using ParallelDag.Pictures.Canvas;

namespace ParallelDag.Tests.Writers;

/// <summary>Measures in a browser whether texts of pictures stay in their rooms, in each of the fonts that pictures are shown in.</summary>
internal static class FontRooms
{
    private static readonly string[] Fonts = ["Liberation Sans", "DejaVu Sans"];

    // The glyphs of a line reach from 0.73 of the size above the base line to 0.22 below it.
    private const string LeavingBoxes = """
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

    // A heading stands in the innermost frame around its beginning, title and legend on the sheet.
    private const string LeavingFrames = """
        (() => {
          const sheet = document.querySelector('svg').viewBox.baseVal;
          const frames = [...document.querySelectorAll('svg > rect.phase, svg > rect.stage, svg > rect.layer, svg > rect.fold')]
            .map(frame => frame.getBBox()).sort((a, b) => a.width * a.height - b.width * b.height);
          return [...document.querySelectorAll('svg > text')].filter(text => {
            const box = text.getBBox(), x = box.x + 1, y = +text.getAttribute('y');
            const frame = text.classList.contains('l') ? sheet
              : frames.find(f => f.x <= x && x <= f.x + f.width && f.y <= y && y <= f.y + f.height) ?? sheet;
            return box.x < frame.x - 0.5 || box.x + box.width > frame.x + frame.width + 0.5;
          }).map(text => text.textContent);
        })()
        """;

    /// <summary>Runs a check in a browser for each font; skips where one is not installed.</summary>
    public static async Task ForEachFont(Func<Chromium, string, Task> check)
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

    /// <summary>Asserts that labels of a graph's picture stay in their outlines, and headings in their frames.</summary>
    /// <returns>How many lines were measured.</returns>
    public static async Task<int> AssertGraph(Chromium browser, string font, string svg, string what)
    {
        await Open(browser, font, svg);
        foreach (string script in new[] { LeavingBoxes, LeavingFrames })
        {
            JsonArray leaving = (await browser.EvaluateAsync(script))!.AsArray();
            Assert.True(leaving.Count == 0, $"{font}, {what}: {string.Join("; ", leaving.Select(line => (string?)line))}");
        }

        return (await browser.EvaluateAsync("document.querySelectorAll('tspan').length"))!.GetValue<int>();
    }

    /// <summary>Every picture of a plan, to be measured in several fonts.</summary>
    public static IReadOnlyList<(PictureKind Kind, Sheet Sheet)> PicturesOf(DeploymentPlan plan)
    {
        var subject = new PictureSubject(plan, new CheckReport(plan.Name, []));
        return [.. PlanPictures.All.Where(picture => picture.Applies(plan)).Select(picture => (picture.Kind, picture.Draw(subject)))];
    }

    /// <summary>Asserts that every text of pictures stays in its room.</summary>
    public static async Task AssertPictures(
        Chromium browser, string font, IReadOnlyList<(PictureKind Kind, Sheet Sheet)> pictures, string what)
    {
        await Open(browser, font, [.. pictures.Select(picture =>
        {
            using var stream = new MemoryStream();
            SheetWriter.WriteElement(picture.Sheet, picture.Kind.ToString(), stream);
            return Encoding.UTF8.GetString(stream.ToArray());
        })]);
        JsonArray widths = (await browser.EvaluateAsync(
            "[...document.querySelectorAll('svg text')].map(text => text.getComputedTextLength())"))!.AsArray();
        (PictureKind Kind, TextMark Text)[] texts = [.. pictures.SelectMany(picture => picture.Sheet.Marks.OfType<TextMark>()
            .Where(text => text.Text.Length > 0).Select(text => (picture.Kind, text)))];
        Assert.Equal(texts.Length, widths.Count);
        foreach (((PictureKind kind, TextMark text), JsonNode? width) in texts.Zip(widths))
        {
            double measured = width!.GetValue<double>();
            Assert.True(measured <= text.Room + 0.5, string.Create(
                CultureInfo.InvariantCulture,
                $"{font}, {what}, {kind}: '{text.Text}' is {measured} wide in a room of {text.Room}"));
        }
    }

    private static async Task Open(Chromium browser, string font, params IReadOnlyList<string> svgs)
    {
        string file = Path.Combine(Directory.CreateTempSubdirectory("picture").FullName, "picture.html");
        try
        {
            string body = string.Concat(svgs.Select(svg => svg[svg.IndexOf("<svg", StringComparison.Ordinal)..]));
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
