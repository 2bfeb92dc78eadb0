using ParallelDag.Graphs;
using ParallelDag.Lowering;
using ParallelDag.Tests.Support;
using ParallelDag.Writers;

namespace ParallelDag.Tests.Writers;

/// <summary>The page of a plan: its verdict, and two plans side by side.</summary>
[Collection(Chromium.OneAtATime)]
public class PageTests
{
    [Fact]
    public void A_plan_that_fails_says_so_above_the_tabs_without_any_script()
    {
        string page = PageFile.Text(PageContrastTests.Overfull(TestPlans.Reference));
        string good = PageFile.Text(DeploymentPlan.Create(TestPlans.Reference));
        Assert.Contains("<p class=\"verdict bad\">\u2717 ", page, StringComparison.Ordinal);
        Assert.Matches("<section id=\"failures\"[^>]*><ul>\\n  <li><strong>PD013 [^<]+</strong>: [^<]+", page);
        Assert.Contains("<p class=\"verdict good\">\u2713 ", good, StringComparison.Ordinal);
        Assert.DoesNotContain("id=\"failures\"", good, StringComparison.Ordinal);
    }

    [ChromiumFact]
    public async Task Two_plans_stand_side_by_side_with_what_differs()
    {
        DeploymentPlan one = DeploymentPlan.Create(TestPlans.Reference);
        DeploymentPlan other = DeploymentPlan.Create(TestPlans.Reference with
        {
            Name = "wider", Prefill = TestPlans.Reference.Prefill! with { Sp = 1 },
        });
        await using Chromium browser = await Chromium.StartAsync(1600, 1000);
        await browser.OpenAsync(PageFile.Of(one, other), PageFile.Ready);
        Assert.Equal(2, await PageKeyboardTests.Count(browser, "#sheet-map svg"));
        Assert.Equal(2, await PageKeyboardTests.Count(browser, "#stage canvas"));
        Assert.Equal("llm_parallel wider", await PageKeyboardTests.TextOf(
            browser, "[...document.querySelectorAll('#sheet-map h2')].map(title => title.textContent).join(' ')"));
        Assert.True(await PageKeyboardTests.Count(browser, "#sheet-changes tbody tr") > 3);

        // No id stands twice, one selection holds for both.
        Assert.Equal("", await PageKeyboardTests.TextOf(browser, """
            (() => { const seen = new Set(); return [...document.querySelectorAll('[id]')].map(part => part.id)
              .filter(id => seen.has(id) || !seen.add(id)).join(' '); })()
            """));
        await browser.EvaluateAsync(
            "document.querySelector('#sheet-map [data-gpu=\"5\"] rect').dispatchEvent(new MouseEvent('click', { bubbles: true }))");
        Assert.Equal("0 1", await PageKeyboardTests.TextOf(
            browser, "[...document.querySelectorAll('#sheet-map .chosen')].map(part => part.closest('.pane').dataset.plan).join(' ')"));
        Assert.Empty(browser.Errors);
    }

    [Fact]
    public void Of_two_plans_both_are_folded_where_one_is_too_large_for_a_page()
    {
        static Dag Layers(int layers) => DagGenerator.Generate(
            DeploymentPlan.Create(TestPlans.Reference with { Model = TestPlans.Reference.Model with { Layers =
                [.. Enumerable.Repeat(TestPlans.Reference.Model.Layers[0], layers)] } }), DetailLevel.Operator);
        foreach ((int one, int other, bool folded) in new[] { (16, 32, false), (16, 240, true), (240, 16, true) })
        {
            string page = HtmlWriter.ToText(Layers(one), content: new PageContent
            {
                Beside = new PagePartner(Layers(other), new PageContent()),
            });
            Assert.Equal(folded ? 2 : 0, page.Split("\"folded\":[\"").Length - 1);
        }
    }

    /// <summary>A GPU that is chosen shows with whom it talks, and a group can be asked for in turn.</summary>
    [ChromiumFact]
    public async Task A_GPU_shows_its_groups()
    {
        await using Chromium browser = await Chromium.StartAsync(1600, 1000);
        await browser.OpenAsync(PageFile.Of(DeploymentPlan.Create(TestPlans.Reference)), PageFile.Ready, "#find=gpu%205");
        const string Groups = "[...document.querySelectorAll('#details dl:first-of-type dd')].map(part => part.textContent).join('; ')";
        Assert.Equal("GPUs 4-5; GPUs 5,7; GPUs 1,5,9,13; GPUs 5,21,37,53", await PageKeyboardTests.TextOf(browser, Groups));
        await browser.EvaluateAsync("document.querySelectorAll('#details dd button')[2].click()");
        Assert.Equal("1,5,9,13", await PageKeyboardTests.TextOf(
            browser, "[...document.querySelectorAll('#sheet-map .chosen')].map(part => part.dataset.gpu).join()"));
        Assert.Contains("ep group of prefill", await PageKeyboardTests.TextOf(browser, "document.getElementById('details').textContent"),
            StringComparison.Ordinal);
    }
}
