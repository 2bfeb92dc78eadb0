using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using ParallelDag.Looks;
using ParallelDag.Lowering;
using ParallelDag.Pictures;
using ParallelDag.Tests.Checks;
using ParallelDag.Tests.Layouts;
using ParallelDag.Tests.Support;
using ParallelDag.Writers;

namespace ParallelDag.Tests.Writers;

[Collection(Chromium.OneAtATime)]
public partial class HtmlWriterTests
{
    private const string Ready = "document.documentElement.dataset.ready === 'true'";

    [GeneratedRegex("<script id=\"graph\" class=\"graph\" type=\"application/json\">(.*?)</script>", RegexOptions.Singleline)]
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
        Assert.Equal(HtmlWriter.ToText(DagsToDraw.Deployment(new SampleShape())),
            HtmlWriter.ToText(DagsToDraw.Deployment(new SampleShape())));

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
        JsonNode box = (await browser.EvaluateAsync(
            "(() => { const b = document.getElementById('picture').getBoundingClientRect(); "
                + "return { x: b.left + b.width / 2, y: b.top + b.height / 2 }; })()"))!;
        await browser.EvaluateAsync("window.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape' }))");
        Assert.Null(await browser.EvaluateAsync("document.querySelector('#details dl')"));
        await browser.ClickAsync((double)box["x"]!, (double)box["y"]!);
        await AssertDetailsAsync(browser, first);
        Assert.Equal("#" + Uri.EscapeDataString(first.Id), (string?)await browser.EvaluateAsync("location.hash"));

        // Filters hide: decode only has fewer nodes on GPU 5.
        await browser.EvaluateAsync(
            "(() => { const f = document.getElementById('filter-phase'); f.value = 'decode'; f.dispatchEvent(new Event('change')); })()");
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
    public async Task In_a_browser_pictures_and_graph_share_one_selection()
    {
        DeploymentPlan plan = DeploymentPlan.Create(TestPlans.Reference);
        Dag dag = DagGenerator.Generate(plan);
        string file = PageFile.Of(plan);
        await using Chromium browser = await Chromium.StartAsync(1400, 900);
        await browser.OpenAsync(file, Ready);

        // A tab for each picture and one for the graph; the arrow keys go round.
        string[] tabs = [.. PlanPictures.All.Select(picture => picture.Kind.ToString()), "DAG"];
        Assert.Equal(string.Join(' ', tabs),
            (string?)await browser.EvaluateAsync("[...document.querySelectorAll('[role=tab]')].map(tab => tab.textContent).join(' ')"));
        Assert.Equal("Map", (string?)await browser.EvaluateAsync("document.querySelector('[aria-selected=true]').textContent"));
        Assert.False((bool)(await browser.EvaluateAsync("document.getElementById('sheet-map').hidden"))!);

        // A click on GPU 5 of the map asks for it everywhere.
        await browser.EvaluateAsync(
            "document.querySelector('#sheet-map [data-gpu=\"5\"] rect').dispatchEvent(new MouseEvent('click', { bubbles: true }))");
        Assert.Equal("gpu 5", (string?)await browser.EvaluateAsync("document.getElementById('query').value"));
        int onGpu5 = dag.Nodes.Count(node => node.Gpus!.Contains(5));
        Assert.Equal($"{onGpu5} found", (string?)await browser.EvaluateAsync("document.getElementById('count').value"));
        Assert.Equal(
            "5", (string?)await browser.EvaluateAsync(
                "[...document.querySelectorAll('#sheet-map .chosen')].map(part => part.dataset.gpu).join()"));
        Assert.True((int)(await browser.EvaluateAsync("document.querySelectorAll('#sheet-memory .chosen').length"))! > 0);
        Assert.Empty(browser.Errors);
    }

    [ChromiumFact]
    public async Task In_a_browser_search_understands_what_people_say()
    {
        Dag dag = DagGenerator.Generate(DeploymentPlan.Create(TestPlans.Reference));
        string file = Path.Combine(Directory.CreateTempSubdirectory("page").FullName, "page.html");
        await File.WriteAllTextAsync(file, HtmlWriter.ToText(dag));
        await using Chromium browser = await Chromium.StartAsync(1400, 900);
        await browser.OpenAsync(file, Ready);
        int Count(Func<DagNode, bool> choose) => dag.Nodes.Count(choose);
        (string Query, int Found)[] queries =
        [
            ("gpu 0-3", Count(node => Enumerable.Range(0, 4).Any(gpu => node.Gpus!.Contains(gpu)))),
            ("expert 5", Count(node => node.Experts == "4-7")),
            ("alltoall", Count(node => node.Collective == CollectiveKind.AllToAll)),
            ("all-to-all", Count(node => node.Collective == CollectiveKind.AllToAll)),
            ("router stage 2", Count(node => node.Op is "gate" or "top_k" && node.Stage == 2)),
        ];
        foreach ((string query, int found) in queries)
        {
            await browser.EvaluateAsync("document.getElementById('query').focus(); document.getElementById('query').select()");
            await browser.TypeAsync(query);
            Assert.Equal((query, $"{found} found"),
                (query, (string?)await browser.EvaluateAsync("document.getElementById('count').value")));
        }

        // Everything by keyboard: plus zooms, an arrow moves, Enter chooses what is in the middle, Escape lets go.
        await browser.EvaluateAsync("document.getElementById('picture').focus()");
        foreach (string key in (string[])["+", "ArrowDown", "Enter"])
            await browser.EvaluateAsync(
                $"document.activeElement.dispatchEvent(new KeyboardEvent('keydown', {{ key: '{key}', bubbles: true }}))");
        Assert.NotNull(await browser.EvaluateAsync("document.querySelector('#details dl')?.textContent ?? null"));
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
        Assert.Contains(node.Id, (string?)await browser.EvaluateAsync("document.getElementById('details').innerText"),
            StringComparison.Ordinal);
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
                  return text.x < shape.x || text.y < shape.y
                    || text.x + text.width > shape.x + shape.width || text.y + text.height > shape.y + shape.height;
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
