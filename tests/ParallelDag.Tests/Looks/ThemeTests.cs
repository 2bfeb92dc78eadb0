using System.Globalization;
using System.Text.RegularExpressions;
using ParallelDag.Graphs;
using ParallelDag.Looks;
using ParallelDag.Tests.Layouts;
using ParallelDag.Writers;

namespace ParallelDag.Tests.Looks;

/// <summary>One kind, one colour and one shape, whoever draws it.</summary>
public partial class ThemeTests
{
    private static readonly Lazy<Dag> Sample = new(() =>
    {
        var builder = new DagBuilder();
        foreach (NodeKind kind in Enum.GetValues<NodeKind>())
            builder.AddNode(kind.ToName(), new NodeFacts { Name = kind.ToName(), Kind = kind }, NodeScope.Unknown, null);
        foreach (EdgeKind kind in Enum.GetValues<EdgeKind>())
            builder.AddEdge((int)kind % (builder.NodeCount - 1), ((int)kind % (builder.NodeCount - 1)) + 1, kind);
        return builder.Build(new DagHeader { Name = "kinds" });
    });

    public static TheoryData<NodeKind> NodeKinds => [.. Enum.GetValues<NodeKind>()];

    public static TheoryData<EdgeKind> EdgeKinds => [.. Enum.GetValues<EdgeKind>()];

    [Theory]
    [MemberData(nameof(NodeKinds))]
    public void Every_writer_draws_a_kind_of_node_in_its_colours_and_shape(NodeKind kind)
    {
        (string fill, string line) = (Theme.Of(kind).Fill.Light, Theme.Of(kind).Line.Light);
        string name = kind.ToName(), shape = kind.ToShape().ToName();
        string dot = DotWriter.ToText(Sample.Value).Split('\n')
            .Single(text => text.Contains($"[label=\"{name}\"", StringComparison.Ordinal));
        Assert.Contains($"color=\"{line}\", fillcolor=\"{fill}\", shape={shape}", dot, StringComparison.Ordinal);
        string element = kind.ToShape() switch { NodeShape.Ellipse => "ellipse", NodeShape.Parallelogram => "path", _ => "rect" };
        Assert.Contains($".{name} {element}{{fill:{fill};stroke:{line}}}", SvgWriter.ToText(Sample.Value), StringComparison.Ordinal);
        Assert.Contains($"classDef {name} fill:{fill},stroke:{line},", MermaidWriter.ToText(Sample.Value), StringComparison.Ordinal);
        string html = HtmlWriter.ToText(Sample.Value);
        Assert.Contains($"--{name}: {fill};\n  --{name}-line: {line};", html, StringComparison.Ordinal);
        Assert.Contains($"\"{name}\":\"{shape}\"", html, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(EdgeKinds))]
    public void Every_writer_draws_a_kind_of_edge_in_its_colour(EdgeKind kind)
    {
        string colour = Theme.Of(kind).Light, name = kind.ToName();
        string edge = DotWriter.ToText(Sample.Value).Split('\n').Single(text => text.Contains($"[kind={name}", StringComparison.Ordinal));
        Assert.Equal(kind != EdgeKind.Data, edge.Contains($"color=\"{colour}\"", StringComparison.Ordinal));
        Assert.Contains($"edge [fontname=\"Helvetica,Arial,sans-serif\", fontsize=9, color=\"{Theme.Of(EdgeKind.Data).Light}\"];",
            DotWriter.ToText(Sample.Value), StringComparison.Ordinal);
        Assert.Contains(kind == EdgeKind.Data ? $"\n.e{{stroke:{colour}}}"
            : $"\n.e.{name}{{stroke:{colour}}}", SvgWriter.ToText(Sample.Value), StringComparison.Ordinal);
        Assert.Contains($"--{name}: {colour};", HtmlWriter.ToText(Sample.Value), StringComparison.Ordinal);
    }

    [Fact]
    public void No_writer_knows_a_colour_of_its_own()
    {
        HashSet<string> known = [.. typeof(Theme).GetFields(System.Reflection.BindingFlags.Static | System.Reflection.BindingFlags.Public)
            .Select(field => field.GetValue(null)).OfType<Shade>()
            .Concat(Enum.GetValues<NodeKind>().SelectMany(kind => new[] { Theme.Of(kind).Fill, Theme.Of(kind).Line }))
            .Concat(Enum.GetValues<EdgeKind>().SelectMany(kind => new[] { Theme.Of(kind), Theme.LabelOf(kind) }))
            .SelectMany(shade => new[] { shade.Light, shade.Dark })];
        Dag deployment = DagsToDraw.Deployment(new SampleShape(4, 2, 2, 2, 1));
        string html = HtmlWriter.ToText(deployment);
        foreach (string text in (string[])[
            DotWriter.ToText(deployment), SvgWriter.ToText(deployment), html[..html.IndexOf("<script", StringComparison.Ordinal)]])
            Assert.All(Colour().Matches(text).Select(match => match.Value), colour => Assert.Contains(colour, known));
    }

    /// <summary>WCAG 2.2, criteria 1.4.3 and 1.4.11.</summary>
    [Fact]
    public void Contrasts_suffice_in_light_and_dark()
    {
        foreach (Func<Shade, string> of in (Func<Shade, string>[])[shade => shade.Light, shade => shade.Dark])
        {
            foreach (NodeKind kind in Enum.GetValues<NodeKind>())
            {
                Assert.True(Contrast(of(Theme.Text), of(Theme.Of(kind).Fill)) >= 4.5);
                Assert.True(Contrast(of(Theme.Of(kind).Line), of(Theme.Ground)) >= 3);
            }

            foreach (EdgeKind kind in Enum.GetValues<EdgeKind>())
            {
                Assert.True(Contrast(of(Theme.Of(kind)), of(Theme.Ground)) >= 3);
                Assert.True(Contrast(of(Theme.LabelOf(kind)), of(Theme.Ground)) >= 4.5);
            }
        }
    }

    /// <summary>Text on what pages and pictures put below it (4.5:1), and what they draw with on their grounds (3:1).</summary>
    [Fact]
    public void Pages_and_pictures_use_pairs_that_can_be_told_apart()
    {
        (Shade Ink, Shade Ground)[] texts =
        [
            .. new[] { Theme.Ground, Theme.Panel, Theme.Layer, Theme.OddLayer, Theme.Prefill, Theme.Decode, Theme.Empty }
                .SelectMany(ground => new[] { (Theme.Text, ground), (Theme.Muted, ground) }),
            (Theme.Good, Theme.Ground), (Theme.Bad, Theme.Ground), (Theme.Crossing, Theme.Ground), (Theme.BadText, Theme.BadGround),
            (Theme.Text, Theme.BadGround), (Theme.OnBright, Theme.Activations),
            .. new[] { Theme.Weights, Theme.Cache, Theme.Good, Theme.Crossing }.Select(colour => (Theme.OnColour, colour)),
            .. Enumerable.Range(1, Theme.StageColours).Select(stage => (Theme.OfStage(stage), Theme.Ground)),
        ];
        Shade[] lines = [Theme.Frame, Theme.Accent, Theme.Found, Theme.Bad, Theme.Weights, Theme.Cache, Theme.Activations];
        foreach (Func<Shade, string> of in (Func<Shade, string>[])[shade => shade.Light, shade => shade.Dark])
        {
            Assert.All(texts, pair => Assert.InRange(Contrast(of(pair.Ink), of(pair.Ground)), 4.5, 21));
            Assert.All(lines, line => Assert.InRange(Contrast(of(line), of(Theme.Ground)), 3, 21));
        }
    }

    private static double Contrast(string first, string second)
    {
        double one = Luminance(first), other = Luminance(second);
        return (Math.Max(one, other) + 0.05) / (Math.Min(one, other) + 0.05);
    }

    private static double Luminance(string colour)
    {
        double[] parts = [.. new[] { 1, 3, 5 }.Select(
            at => int.Parse(colour.AsSpan(at, 2), NumberStyles.HexNumber, CultureInfo.InvariantCulture) / 255.0)
            .Select(part => part <= 0.04045 ? part / 12.92 : Math.Pow((part + 0.055) / 1.055, 2.4))];
        return (0.2126 * parts[0]) + (0.7152 * parts[1]) + (0.0722 * parts[2]);
    }

    [GeneratedRegex("#[0-9a-f]{6}\\b")]
    private static partial Regex Colour();
}
