using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using ParallelDag.Looks;
using ParallelDag.Lowering;
using ParallelDag.Tests.Checks;
using ParallelDag.Tests.Layouts;
using ParallelDag.Writers;

namespace ParallelDag.Tests.Writers;

public partial class HtmlWriterTests
{
    private const string Ready = "document.documentElement.dataset.ready === 'true'";

    [GeneratedRegex("<script id=\"graph\" type=\"application/json\">(.*?)</script>", RegexOptions.Singleline)]
    private static partial Regex GraphElement();

    [Fact]
    public void The_page_is_one_file_that_forbids_itself_any_request()
    {
        string page = HtmlWriter.ToText(DagsToDraw.Deployment(new SampleShape()));
        Assert.Contains("default-src 'none'", page, StringComparison.Ordinal);
        Assert.DoesNotMatch("<(link|img|iframe)\\b|<script[^>]*\\bsrc", page);
        Assert.DoesNotContain("{{", page, StringComparison.Ordinal);
        Assert.Contains("Permission to use, copy, modify", page, StringComparison.Ordinal);
    }

    [Fact]
    public void Hostile_names_stay_data()
    {
        for (int seed = 0; seed < 20; seed++)
        {
            Dag dag = DagsToDraw.Foreign(new Random(seed), 30, 40, acyclic: false);
            string json = GraphElement().Match(HtmlWriter.ToText(dag)).Groups[1].Value;
            Assert.DoesNotContain('<', json);
            JsonNode graph = JsonNode.Parse(json)!;
            Assert.Equal(dag.NodeCount, graph["nodes"]!["id"]!.AsArray().Count);
            Assert.Equal(dag.EdgeCount, graph["edges"]!["s"]!.AsArray().Count);
        }
    }

    [Fact]
    public void The_same_DAG_gives_the_same_page() =>
        Assert.Equal(HtmlWriter.ToText(DagsToDraw.Deployment(new SampleShape())), HtmlWriter.ToText(DagsToDraw.Deployment(new SampleShape())));

    [ChromiumFact]
    public async Task In_a_browser_it_loads_finds_shows_and_draws()
    {
        Dag dag = DagsToDraw.Deployment(new SampleShape());
        string file = Path.Combine(Directory.CreateTempSubdirectory("page").FullName, "page.html");
        await File.WriteAllTextAsync(file, HtmlWriter.ToText(dag));
        await using Chromium browser = await Chromium.StartAsync(1400, 900);
        await browser.OpenAsync(file, Ready);
        byte[] whole = await browser.ScreenshotAsync();

        // A picture: the canvas holds more than the colour of the ground.
        Assert.True((int)(await browser.EvaluateAsync(CountColours))! > 20);

        // Search finds: all experts of layer 2 in both phases, by typing.
        await browser.EvaluateAsync("document.getElementById('query').focus()");
        await browser.TypeAsync("experts layer 2");
        Assert.Equal("8 found", (string?)await browser.EvaluateAsync("document.getElementById('count').value"));
        int onGpu5 = dag.Nodes.Count(node => node.Gpus!.Contains(5));
        await browser.EvaluateAsync("document.getElementById('query').select()");
        await browser.TypeAsync("gpu 5");
        Assert.Equal($"{onGpu5} found", (string?)await browser.EvaluateAsync("document.getElementById('count').value"));

        // Enter goes to the first result, which stands in the middle of the picture; its details show.
        await browser.EvaluateAsync("document.getElementById('search').requestSubmit()");
        DagNode first = dag.Nodes.First(node => node.Gpus!.Contains(5));
        await AssertDetailsAsync(browser, first);

        // Escape and a click there: the same node, now by mouse.
        JsonNode box = (await browser.EvaluateAsync("(() => { const b = document.getElementById('picture').getBoundingClientRect(); return { x: b.left + b.width / 2, y: b.top + b.height / 2 }; })()"))!;
        await browser.EvaluateAsync("window.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape' }))");
        Assert.Null(await browser.EvaluateAsync("document.querySelector('#details dl')"));
        await browser.ClickAsync((double)box["x"]!, (double)box["y"]!);
        await AssertDetailsAsync(browser, first);
        Assert.Equal("#" + Uri.EscapeDataString(first.Id), (string?)await browser.EvaluateAsync("location.hash"));

        // Filters hide: decode only has fewer nodes on GPU 5.
        await browser.EvaluateAsync("(() => { const f = document.getElementById('filter-phase'); f.value = 'decode'; f.dispatchEvent(new Event('change')); })()");
        int decode = dag.Nodes.Count(node => node.Phase == PhaseKind.Decode && node.Gpus!.Contains(5));
        Assert.Equal($"{decode} found", (string?)await browser.EvaluateAsync("document.getElementById('count').value"));

        // The wheel zooms: the picture changes.
        byte[] before = await browser.ScreenshotAsync();
        await browser.WheelAsync((double)box["x"]!, (double)box["y"]!, 400);
        await browser.EvaluateAsync("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))");
        byte[] after = await browser.ScreenshotAsync();
        Assert.NotEqual(before, after);
        Assert.NotEqual(whole, after);
        Assert.Empty(browser.Errors);
    }

    [ChromiumFact]
    public async Task In_a_browser_a_link_leads_to_its_node()
    {
        Dag dag = DagsToDraw.Foreign(new Random(11), 40, 60, acyclic: false);
        string file = Path.Combine(Directory.CreateTempSubdirectory("page").FullName, "page.html");
        await File.WriteAllTextAsync(file, HtmlWriter.ToText(dag));
        await using Chromium browser = await Chromium.StartAsync(1000, 700);
        DagNode node = dag.Node(17);
        await browser.OpenAsync(file, Ready, "#" + Uri.EscapeDataString(node.Id));
        Assert.Contains(node.Id, (string?)await browser.EvaluateAsync("document.getElementById('details').innerText"), StringComparison.Ordinal);
        Assert.Empty(browser.Errors);
    }

    // The SVG in the browser that shows it: text as that browser sets it stays inside the outlines.
    [ChromiumFact]
    public async Task In_a_browser_the_text_of_the_SVG_stays_in_its_outlines()
    {
        // Which of the families a machine has is chance; where one is missing, the browser's own sans-serif takes its place.
        string svg = SvgWriter.ToText(DagGenerator.Generate(SamplePlans.Reference()));
        await using Chromium browser = await Chromium.StartAsync(1000, 700);
        foreach (string family in (string[])["'Liberation Sans'", "'DejaVu Sans'", "sans-serif"])
        {
            string file = Path.Combine(Directory.CreateTempSubdirectory("svg").FullName, "picture.svg");
            await File.WriteAllTextAsync(file, svg.Replace(Theme.FontFamilies, family, StringComparison.Ordinal));
            await browser.OpenAsync(file, "document.documentElement.localName === 'svg' && document.readyState === 'complete'");
            int outside = (int)(await browser.EvaluateAsync("""
                [...document.querySelectorAll('g[data-op]')].filter(node => {
                  const text = node.querySelector('text').getBBox(), shape = node.children[1].getBBox();
                  return text.x < shape.x || text.y < shape.y || text.x + text.width > shape.x + shape.width || text.y + text.height > shape.y + shape.height;
                }).length
                """))!;
            Assert.Equal((family, 0), (family, outside));
        }

        Assert.Empty(browser.Errors);
    }

    private const string CountColours = """
        (() => {
          const canvas = document.getElementById('picture');
          const data = new Uint32Array(canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.buffer);
          return new Set(data).size;
        })()
        """;

    private static async Task AssertDetailsAsync(Chromium browser, DagNode node)
    {
        string details = (string)(await browser.EvaluateAsync("document.getElementById('details').innerText"))!;
        Assert.Contains(node.Id, details, StringComparison.Ordinal);
        Assert.Contains(node.Gpus!.ToString(), details, StringComparison.Ordinal);
        Assert.Contains(node.Output.ToString(), details, StringComparison.Ordinal);
    }
}
