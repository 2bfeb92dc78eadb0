using Deque.AxeCore.Commons;
using ParallelDag.Tests.Support;

namespace ParallelDag.Tests.Writers;

/// <summary>Who can read the page: contrasts as a browser paints them, roles and names, colours that the user forces.</summary>
[Collection(Chromium.OneAtATime)]
public class PageContrastTests
{
    // Every text of a picture on what is painted below it, at three places; 4.5:1, or 3:1 for large text (WCAG 2.2, criterion 1.4.3).
    private const string TextsOfPictures = """
        (() => {
          const numbers = colour => colour.match(/[\d.]+/g).map(Number).slice(0, 3);
          const part = value => value / 255 <= 0.04045 ? value / 255 / 12.92 : Math.pow((value / 255 + 0.055) / 1.055, 2.4);
          const luminance = ([r, g, b]) => 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
          const contrast = (a, b) => (Math.max(luminance(a), luminance(b)) + 0.05) / (Math.min(luminance(a), luminance(b)) + 0.05);
          const faults = [];
          for (const text of document.querySelectorAll('main > section:not([hidden]) svg text')) {
            const box = text.getBoundingClientRect(), style = getComputedStyle(text), size = parseFloat(style.fontSize);
            const needed = size >= 24 || (size >= 18.66 && style.fontWeight >= 600) ? 3 : 4.5;
            for (const at of [0.1, 0.5, 0.9]) {
              const below = document.elementsFromPoint(box.left + box.width * at, box.top + box.height / 2)
                .filter(element => element instanceof SVGGeometryElement).reverse();
              let ground = numbers(getComputedStyle(document.body).backgroundColor);
              for (const element of below) {
                const painted = getComputedStyle(element), opacity = Number(painted.fillOpacity);
                if (painted.fill === 'none' || painted.fill.startsWith('url')) continue;
                ground = numbers(painted.fill).map((value, i) => value * opacity + ground[i] * (1 - opacity));
              }
              const ratio = contrast(numbers(style.fill), ground);
              if (ratio < needed) { faults.push(`${text.textContent}: ${ratio.toFixed(2)}`); break; }
            }
          }
          return faults.join('; ');
        })()
        """;

    [ChromiumFact]
    public async Task Text_has_its_contrast_in_light_and_dark_on_every_tab()
    {
        await using Chromium browser = await Chromium.StartAsync(1600, 1000);
        foreach (DeploymentPlan plan in (DeploymentPlan[])[DeploymentPlan.Create(TestPlans.Reference), Overfull(TestPlans.Reference)])
        {
            string file = PageFile.Of(plan);
            foreach (string scheme in (string[])["light", "dark"])
            {
                await browser.MediaAsync(("prefers-color-scheme", scheme));
                await browser.OpenAsync(file, PageFile.Ready);
                await EachTabAsync(browser, async tab =>
                    Assert.Equal((scheme, tab, ""), (scheme, tab, (string?)await browser.EvaluateAsync(TextsOfPictures))));
            }
        }
    }

    /// <summary>axe-core finds no fault of roles, names, structure or contrast, whatever is chosen.</summary>
    [ChromiumFact]
    public async Task The_accessibility_checker_finds_no_fault()
    {
        string axe = new BundledAxeScriptProvider().GetScript();
        await using Chromium browser = await Chromium.StartAsync(1600, 1000);
        string file = PageFile.Of(Overfull(Small), DeploymentPlan.Create(Small));
        foreach (string scheme in (string[])["light", "dark"])
        {
            await browser.MediaAsync(("prefers-color-scheme", scheme));
            await browser.OpenAsync(file, PageFile.Ready, "#find=gpu%205");
            await browser.EvaluateAsync(axe + "; 0");
            await EachTabAsync(browser, async tab =>
            {
                // Roles and names are the same in the dark; contrasts of pictures, which the checker leaves out, have a test of their own.
                string faults = scheme == "dark" ? ""
                    : await FaultsAsync(browser, "document, { rules: { 'color-contrast': { enabled: false } } }");
                if (tab is "Map" or "DAG" or "Changes")
                    faults += await FaultsAsync(browser, "{ exclude: [['svg']] }, { runOnly: ['color-contrast'] }");
                Assert.Equal((scheme, tab, ""), (scheme, tab, faults));
            });
        }
    }

    private static Task<string> FaultsAsync(Chromium browser, string arguments) => PageKeyboardTests.TextOf(browser, $$"""
        axe.run({{arguments}}).then(found => found.violations
          .map(fault => `${fault.id}: ${fault.help}: ${fault.nodes[0].html.slice(0, 200)}`).join('\n'))
        """);

    /// <summary>Where colours are forced, text and grounds of pictures are the system's, and what is chosen has its highlight.</summary>
    [ChromiumFact]
    public async Task Forced_colours_are_obeyed()
    {
        await using Chromium browser = await Chromium.StartAsync(1600, 1000);
        await browser.MediaAsync(("forced-colors", "active"), ("prefers-color-scheme", "dark"));
        await browser.OpenAsync(PageFile.Of(DeploymentPlan.Create(TestPlans.Reference)), PageFile.Ready, "#find=gpu%205");
        const string System = "(colour => { const probe = document.createElement('p'); probe.style.color = colour; "
            + "document.body.append(probe); const painted = getComputedStyle(probe).color; probe.remove(); return painted; })";
        foreach ((string selector, string property, string colour) in ((string, string, string)[])
        [
            ("#sheet-map text", "fill", "CanvasText"), ("#sheet-map .f-ground", "fill", "Canvas"),
            ("#sheet-map .mark", "stroke", "Highlight"),
        ])
        {
            Assert.Equal(
                await PageKeyboardTests.TextOf(browser, $"{System}('{colour}')"),
                await PageKeyboardTests.TextOf(browser, $"getComputedStyle(document.querySelector('{selector}')).{property}"));
        }
    }

    /// <summary>Nothing on the page moves by itself, so there is nothing to switch off for who asks for less motion.</summary>
    [ChromiumFact]
    public async Task Nothing_is_animated()
    {
        await using Chromium browser = await Chromium.StartAsync(1600, 1000);
        await browser.OpenAsync(PageFile.Of(DeploymentPlan.Create(TestPlans.Reference)), PageFile.Ready);
        await EachTabAsync(browser, async _ => Assert.Equal(0, (int)(await browser.EvaluateAsync("document.getAnimations().length"))!));
        Assert.Equal(0, (int)(await browser.EvaluateAsync(
            "[...document.querySelectorAll('*')].filter(part => getComputedStyle(part).transitionDuration !== '0s').length"))!);
    }

    /// <summary>The reference plan on four GPUs.</summary>
    private static PlanSpec Small => TestPlans.Reference with
    {
        Name = "small", Prefill = new PhaseStrategy { Ep = 2, Tp = 2 }, Decode = new PhaseStrategy { Ep = 2, Tp = 2 },
    };

    /// <summary>A plan on GPUs that are far too small for it.</summary>
    internal static DeploymentPlan Overfull(PlanSpec spec) => DeploymentPlan.Create(spec with
    {
        Name = "overfull", Cluster = spec.Cluster with { Gpu = spec.Cluster.Gpu with { MemoryBytes = 1L << 27 } },
    });

    private static async Task EachTabAsync(Chromium browser, Func<string, Task> look)
    {
        int tabs = await PageKeyboardTests.Count(browser, "[role=tab]");
        for (int i = 0; i < tabs; i++)
        {
            await look(await PageKeyboardTests.TextOf(
                browser, $"[document.querySelectorAll('[role=tab]')[{i}]].map(tab => (tab.click(), tab.textContent))[0]"));
        }
    }
}
