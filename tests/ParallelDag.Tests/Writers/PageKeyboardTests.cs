using ParallelDag.Lowering;
using ParallelDag.Tests.Support;

namespace ParallelDag.Tests.Writers;

/// <summary>Everything on the page by keys alone (WCAG 2.2, criteria 2.1.1 and 2.4.7), pressed in a real browser.</summary>
[Collection(Chromium.OneAtATime)]
public class PageKeyboardTests
{
    private const string Focus = "(document.activeElement.textContent || document.activeElement.id).trim()";

    [ChromiumFact]
    public async Task Tabs_pictures_search_and_graph_are_worked_by_keys()
    {
        DeploymentPlan plan = DeploymentPlan.Create(TestPlans.Reference);
        await using Chromium browser = await Chromium.StartAsync(1400, 900);
        await browser.OpenAsync(PageFile.Of(plan), PageFile.Ready);
        Task<string> Text(string expression) => TextOf(browser, expression);

        // The tab key comes to the tabs; arrows, Home and End go through them.
        await browser.EvaluateAsync("document.querySelector('[role=tab]').focus()");
        await browser.KeyAsync("ArrowRight");
        Assert.Equal("Timeline", await Text(Focus));
        await browser.KeyAsync("End");
        Assert.Equal("DAG", await Text(Focus));
        await browser.KeyAsync("ArrowRight");
        Assert.Equal("Map", await Text(Focus));
        Assert.Equal("Map", await Text("document.querySelector('[aria-selected=true]').textContent"));

        // One more step leads into the picture; arrows go from GPU to GPU, Enter chooses, every other picture shows it.
        await browser.KeyAsync("Tab");
        await browser.KeyAsync("ArrowRight");
        string cell = await Text("document.activeElement.dataset.gpu");
        Assert.NotEqual("", cell);
        await browser.KeyAsync("ArrowDown");
        string below = await Text("document.activeElement.dataset.gpu");
        Assert.Equal(int.Parse(cell) + 8, int.Parse(below));
        Assert.NotEqual("none", await Text("getComputedStyle(document.activeElement.querySelector('rect')).stroke"));
        await browser.KeyAsync("Enter");
        Assert.Equal($"gpu {below}", await Text("document.getElementById('query').value"));
        Assert.Equal("true", await Text("document.activeElement.getAttribute('aria-pressed')"));
        foreach (string sheet in (string[])["map", "timeline", "memory"])
            Assert.True((sheet, await Count(browser, $"#sheet-{sheet} .chosen")) is (_, > 0), sheet);

        // A digit is a tab, a slash the search, n the next find, and the graph is walked with Shift and arrows.
        await browser.KeyAsync("2");
        Assert.Equal("Timeline", await Text("document.querySelector('[aria-selected=true]').textContent"));
        await browser.KeyAsync("/");
        Assert.Equal("query", await Text("document.activeElement.id"));
        await browser.TypeAsync("router stage 2");
        await browser.KeyAsync("Enter");
        Assert.Equal("DAG", await Text("document.querySelector('[aria-selected=true]').textContent"));
        Assert.StartsWith("1 of ", await Text("document.getElementById('count').value"), StringComparison.Ordinal);
        await browser.EvaluateAsync("document.getElementById('picture').focus()");
        string at = await Text("location.hash");
        await browser.KeyAsync("ArrowDown", shift: true);
        string next = await Text("location.hash");
        Dag dag = DagGenerator.Generate(plan);
        DagNode from = dag.Nodes.First(node => "#" + Uri.EscapeDataString(node.Id) == at);
        Assert.Contains(next, dag.Edges.Where(edge => edge.Source == from.Id).Select(edge => "#" + Uri.EscapeDataString(edge.Target)));

        // Plus and minus zoom what is shown, a question mark opens the help and Escape closes it, then lets go.
        string before = await Text("document.getElementById('sheet-map').querySelector('svg').getAttribute('viewBox')");
        await browser.KeyAsync("1");
        await browser.KeyAsync("+");
        Assert.NotEqual(before, await Text("document.getElementById('sheet-map').querySelector('svg').getAttribute('viewBox')"));
        await browser.KeyAsync("?");
        Assert.Equal("true", await Text("String(document.getElementById('help').open)"));
        await browser.KeyAsync("Escape");
        Assert.Equal("false", await Text("String(document.getElementById('help').open)"));
        await browser.KeyAsync("Escape");
        await browser.KeyAsync("Escape");
        Assert.Equal(0, await Count(browser, ".chosen"));
        Assert.Empty(browser.Errors);
    }

    /// <summary>Single keys can be switched off (criterion 2.1.4), and no step of the tab key loses its mark.</summary>
    [ChromiumFact]
    public async Task Focus_is_always_seen_and_never_caught()
    {
        await using Chromium browser = await Chromium.StartAsync(1400, 900);
        await browser.OpenAsync(PageFile.Of(DeploymentPlan.Create(TestPlans.Reference)), PageFile.Ready);
        var seen = new List<string>();
        for (int step = 0; step < 40; step++)
        {
            await browser.KeyAsync("Tab");
            seen.Add(await TextOf(browser, "(at => at.id || at.dataset.gpu || at.textContent)(document.activeElement)"));
            if (await TextOf(browser, "document.activeElement.localName") == "body")
                break;
            Assert.Equal((seen[^1], "true"), (seen[^1], await TextOf(browser, """
                (() => {
                  const element = document.activeElement, style = getComputedStyle(element);
                  return String(style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2
                    || (element.closest('svg')
                      && parseFloat(getComputedStyle(element.querySelector('rect, ellipse, path')).strokeWidth) >= 3));
                })()
                """)));
        }

        Assert.Contains("query", seen);
        Assert.Contains("keys", seen);
        Assert.Contains("tab-sheet-map", seen);
        Assert.True(seen.Count < 40, "the tab key does not come out of the page");
        await browser.EvaluateAsync("document.getElementById('letters').checked = false; document.body.focus()");
        await browser.KeyAsync("2");
        Assert.Equal("Map", await TextOf(browser, "document.querySelector('[aria-selected=true]').textContent"));
    }

    internal static async Task<string> TextOf(Chromium browser, string expression) =>
        (string?)await browser.EvaluateAsync(expression) ?? "";

    internal static async Task<int> Count(Chromium browser, string selector) =>
        (int)(await browser.EvaluateAsync($"document.querySelectorAll('{selector}').length"))!;
}
