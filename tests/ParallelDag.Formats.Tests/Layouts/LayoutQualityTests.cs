using System.Globalization;
using ParallelDag.Graphs;
using ParallelDag.Layouts;
using ParallelDag.Lowering;

namespace ParallelDag.Formats.Tests.Layouts;

/// <summary>
/// The layouts of the examples are no worse than they were: <c>bars.txt</c> holds what each may have at most. PARALLELDAG_APPROVE=1 lowers
/// bars that are beaten and adds those of new examples; a bar is raised by hand, with the reason in the commit.
/// </summary>
public sealed class LayoutQualityTests
{
    private const string Heading = "# plan detail: crossings bends climbing boxes-crossed overflowing width height";

    private static readonly string Bars = Repository.PathOf("tests/ParallelDag.Formats.Tests/Layouts/bars.txt");

    [Fact]
    public void No_layout_is_worse_than_its_bar()
    {
        Dictionary<string, int[]> bars = !File.Exists(Bars) ? [] : File.ReadAllLines(Bars).Where(line => !line.StartsWith('#'))
            .Select(line => line.Split(": ")).ToDictionary(parts => parts[0], parts => (int[])[.. parts[1].Split(' ').Select(Number)]);
        bool approve = Environment.GetEnvironmentVariable("PARALLELDAG_APPROVE") == "1";
        var worse = new List<string>();
        foreach (string file in Repository.Plans)
        {
            DeploymentPlan plan = PlanFile.Load(Repository.PathOf(file));
            foreach (DetailLevel detail in new[] { DetailLevel.Overview, DetailLevel.Operator })
            {
                string name = $"{Path.GetFileNameWithoutExtension(file)} {detail.ToString().ToLowerInvariant()}";
                Drawing drawing = DagLayout.Arrange(DagGenerator.Generate(plan, detail));
                int[] measured = Measure(drawing);
                if (detail == DetailLevel.Overview)
                {
                    Assert.DoesNotContain(drawing.Nodes.SelectMany(node => node.Label.Lines),
                        line => line.Text.EndsWith("...", StringComparison.Ordinal));
                    Assert.True(measured is [_, _, 0, 0, 0, <= 1600, <= 1000], $"{name}: {string.Join(' ', measured)}");
                }

                Assert.True(measured is [_, _, _, 0, 0, ..], $"{name}: {string.Join(' ', measured)}");
                int[]? bar = bars.GetValueOrDefault(name);
                if ((bar is null && !approve) || (bar is not null && measured.Zip(bar).Any(pair => pair.First > pair.Second)))
                    worse.Add($"{name}: {string.Join(' ', measured)}, bar {string.Join(' ', bar ?? [])}");
                if (approve)
                    bars[name] = bar is null ? measured : [.. measured.Zip(bar, Math.Min)];
            }
        }

        if (approve)
        {
            IEnumerable<string> lines = bars.OrderBy(entry => entry.Key, StringComparer.Ordinal)
                .Select(entry => $"{entry.Key}: {string.Join(' ', entry.Value)}\n");
            File.WriteAllText(Bars, Heading + "\n" + string.Concat(lines));
        }

        Assert.True(worse.Count == 0, string.Join('\n', worse));
    }

    /// <summary>ELK draws it without a crossing and without an edge that ends above its start.</summary>
    [Fact]
    public void The_overview_of_the_reference_plan_is_as_good_as_that_of_ELK()
    {
        DeploymentPlan plan = PlanFile.Load(Repository.PathOf("examples/llm_parallel.yaml"));
        LayoutQuality quality = LayoutQuality.Of(DagLayout.Arrange(DagGenerator.Generate(plan, DetailLevel.Overview)));
        Assert.Equal((0, 0, 0, 0), (quality.Crossings, quality.Climbing, quality.BoxesCrossed, quality.Overflowing));
        Assert.InRange(quality.Bends, 0, 154);
    }

    private static int[] Measure(Drawing drawing)
    {
        LayoutQuality quality = LayoutQuality.Of(drawing);
        return
        [
            quality.Crossings, quality.Bends, quality.Climbing, quality.BoxesCrossed, quality.Overflowing, (int)quality.Width,
            (int)quality.Height,
        ];
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}
