using System.Diagnostics;
using System.Text.Json.Nodes;
using ParallelDag.Exports;
using ParallelDag.Layouts;
using ParallelDag.Lowering;
using ParallelDag.Plans;
using ParallelDag.Renderings;
using ParallelDag.Tests.Writers;
using ParallelDag.Wording;

namespace ParallelDag.Benchmarks;

/// <summary>
/// Pages of ever larger plans in a real Chromium: their size, how long they take to open and to show the graph, and the time between
/// two frames while the graph is moved and zoomed with everything in view.
/// </summary>
internal static class PageFrames
{
    /// <summary>Half of all frames must come within this, in milliseconds: a screen at 60 Hz shows one every 16.7.</summary>
    private const double Bar = 34;

    // Moves by the mouse, zooms by the wheel; answers the milliseconds between frames in order of size.
    private const string Gesture = """
        (async () => {
          const canvas = document.getElementById('picture'), box = canvas.getBoundingClientRect();
          const x = box.left + box.width / 2, y = box.top + box.height / 2, times = [];
          const at = (target, type, dx, dy) => target.dispatchEvent(new MouseEvent(type,
            { bubbles: true, view: window, clientX: x + dx, clientY: y + dy, button: 0, buttons: 1 }));
          const frame = () => new Promise(done => requestAnimationFrame(done));
          let last = await frame();
          if (MOVES) at(canvas, 'mousedown', 0, 0);
          for (let i = 0; i < 120; i++) {
            if (MOVES) at(window, 'mousemove', 3 * i, 2 * i);
            else canvas.dispatchEvent(new WheelEvent('wheel',
              { bubbles: true, cancelable: true, view: window, clientX: x, clientY: y, deltaY: i < 60 ? -30 : 30 }));
            const now = await frame();
            times.push(now - last);
            last = now;
          }
          if (MOVES) at(window, 'mouseup', 360, 240);
          return times.sort((a, b) => a - b);
        })()
        """;

    /// <summary>Prints a row a plan.</summary>
    /// <returns>The exit code: 1 when half of the frames of a gesture are later than the bar.</returns>
    public static async Task<int> RunAsync()
    {
        if (Chromium.Path is null)
        {
            Console.WriteLine("SKIPPED: chromium is not on PATH");
            return 0;
        }

        Console.WriteLine("nodes      page      opens   shows the graph   moving: median, 95 % (ms)   zooming: median, 95 % (ms)");
        bool late = false;
        foreach (int layers in (int[])[16, 160, 640])
        {
            PlanSpec reference = ScalePlans.Reference.GetSpec();
            DeploymentPlan plan = DeploymentPlan.Create(reference with
            {
                Model = reference.Model with { Layers = ModelSpec.LayersOf(layers, _ => reference.Model.Layers[0]) },
            });
            late |= await MeasureAsync(plan);
        }

        return late ? 1 : 0;
    }

    private static async Task<bool> MeasureAsync(DeploymentPlan plan)
    {
        Dag dag = DagGenerator.Generate(plan);
        string file = Path.Combine(Directory.CreateTempSubdirectory("page").FullName, "page.html");
        var drawing = new ExportOptions { Drawing = new DrawingOptions { Folding = Folding.Never } };
        ExportOptions options = PlanPage.Complete(GraphFormats.Html, dag, plan, drawing);
        using (FileStream output = File.Create(file))
            Writers.HtmlWriter.Write(dag, output, options.Drawing, options.Page);
        await using Chromium browser = await Chromium.StartAsync(1600, 1000);
        var clock = Stopwatch.StartNew();
        await browser.OpenAsync(file, "document.documentElement.dataset.ready === 'true'");
        double opens = clock.Elapsed.TotalMilliseconds;
        clock.Restart();
        await browser.EvaluateAsync("document.getElementById('tab-stage').click()");
        await browser.EvaluateAsync("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))");
        double shows = clock.Elapsed.TotalMilliseconds;
        await Task.Delay(3000);
        double[] moving = await GestureAsync(browser, moves: true), zooming = await GestureAsync(browser, moves: false);
        double size = new FileInfo(file).Length / 1e6;
        Console.WriteLine(Words.Invariant(
            $"{dag.NodeCount,6:N0} {size,6:0.0} MB {opens,7:0} ms {shows,14:0} ms {Text(moving),27} {Text(zooming),29}"));
        Directory.Delete(Path.GetDirectoryName(file)!, recursive: true);
        return Median(moving) > Bar || Median(zooming) > Bar;
    }

    private static async Task<double[]> GestureAsync(Chromium browser, bool moves)
    {
        JsonNode times = (await browser.EvaluateAsync(Gesture.Replace("MOVES", moves ? "true" : "false", StringComparison.Ordinal)))!;
        await Task.Delay(1500);
        return [.. times.AsArray().Select(time => time!.GetValue<double>())];
    }

    private static double Median(double[] sorted) => sorted[sorted.Length / 2];

    private static string Text(double[] sorted) =>
        Words.Invariant($"{Median(sorted):0.0}, {sorted[sorted.Length * 95 / 100]:0.0}");
}
