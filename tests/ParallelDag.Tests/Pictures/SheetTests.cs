using System.Globalization;
using System.Xml;
using System.Xml.Linq;
using ParallelDag.Layouts;
using ParallelDag.Pictures;
using ParallelDag.Pictures.Canvas;
using ParallelDag.Tests.Support;

namespace ParallelDag.Tests.Pictures;

/// <summary>What every picture of every plan keeps.</summary>
public class SheetTests
{
    private static readonly DeploymentPlan Reference = DeploymentPlan.Create(TestPlans.Reference);

    public static TheoryData<PictureKind> Kinds => [.. PlanPictures.All.Select(picture => picture.Kind)];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Text_is_readable_stays_in_its_room_and_on_the_sheet(PictureKind kind)
    {
        foreach (DeploymentPlan plan in Plans(kind))
        {
            Sheet sheet = PlanPictures.Of(kind).Draw(Quick(plan));
            foreach (TextMark text in sheet.Marks.OfType<TextMark>())
            {
                string what = $"'{text.Text}' of {plan}";
                Assert.True(text.Look.Size >= Sheet.SmallestText, $"{what} is {text.Look.Size} high");
                Assert.True(text.Width <= text.Room + 0.01, $"{what} is {text.Width} wide in a room of {text.Room}");
                Assert.True(text.Left >= 0 && text.Left + text.Width <= Sheet.Width, $"{what} leaves the sheet at {text.Left}");
                Assert.True(text.Y - (0.8 * text.Look.Size) >= 0 && text.Y + (0.25 * text.Look.Size) <= Sheet.Height,
                    $"{what} leaves the sheet at y {text.Y}");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Nothing_is_drawn_outside_the_sheet(PictureKind kind)
    {
        foreach (DeploymentPlan plan in Plans(kind))
        {
            foreach (Mark mark in PlanPictures.Of(kind).Draw(Quick(plan)).Marks)
            {
                IEnumerable<(double X, double Y)> corners = mark switch
                {
                    RectMark rect => Corners(rect.Box),
                    ShapeMark shape => Corners(shape.Box),
                    LineMark line => line.Points.Chunk(2).Select(point => (point[0], point[1])),
                    _ => [],
                };
                Assert.All(corners, corner => Assert.True(
                    corner is (>= -0.01 and <= Sheet.Width + 0.01, >= -0.01 and <= Sheet.Height + 0.01), $"{mark} of {plan}"));
                if (mark is RectMark { Box: var box })
                    Assert.True(box is { Width: >= 0, Height: >= 0 }, $"{box} of {plan}");
            }
        }
    }

    /// <summary>Names of operators and axes are words; only names of plans may have an underscore.</summary>
    [Theory]
    [MemberData(nameof(Kinds))]
    public void Texts_are_words_and_no_identifiers(PictureKind kind)
    {
        foreach (DeploymentPlan plan in Plans(kind))
        {
            foreach (TextMark text in PlanPictures.Of(kind).Draw(Quick(plan)).Marks.OfType<TextMark>())
                Assert.DoesNotContain('_', text.Text.Replace(plan.Name, "", StringComparison.Ordinal));
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void No_third_of_a_picture_is_empty(PictureKind kind)
    {
        // Where every phase runs on one GPU nothing is sent, and a line says so.
        foreach (DeploymentPlan plan in Plans(kind).Where(plan => kind != PictureKind.Traffic || Quick(plan).Conversations.Count > 0))
        {
            (double Top, double Bottom)[] rows = [.. PlanPictures.Of(kind).Draw(Quick(plan)).Marks.Select(mark => mark switch
            {
                RectMark rect => (rect.Box.Y, rect.Box.Bottom),
                ShapeMark shape => (shape.Box.Y, shape.Box.Bottom),
                TextMark text => (text.Y - text.Look.Size, text.Y),
                _ => (0, 0),
            }).OrderBy(row => row.Item1)];
            double end = 0, widest = 0;
            foreach ((double top, double bottom) in rows.Append((Sheet.Height, Sheet.Height)))
            {
                widest = Math.Max(widest, top - end);
                end = Math.Max(end, bottom);
            }

            Assert.True(widest < Sheet.Height / 3, $"{widest:0} pixels in a row are empty in the {kind} of {plan}");
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void The_file_is_well_formed_and_the_same_under_every_culture(PictureKind kind)
    {
        CultureInfo before = CultureInfo.CurrentCulture, commas = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        commas.NumberFormat.NumberDecimalSeparator = ",";
        commas.NumberFormat.NumberGroupSeparator = ".";
        commas.NumberFormat.NegativeSign = "~";
        try
        {
            foreach (DeploymentPlan plan in Plans(kind).Take(8))
            {
                CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
                string svg = PlanPictures.Of(kind).ToText(Quick(plan));
                CultureInfo.CurrentCulture = commas;
                Assert.Equal(svg, PlanPictures.Of(kind).ToText(Quick(plan)));
                XElement root = XDocument.Parse(svg).Root!;
                Assert.Equal(("1600", "1000"), (root.Attribute("width")!.Value, root.Attribute("height")!.Value));
                string[] ids = [.. root.Descendants().Attributes("id").Select(id => id.Value)];
                Assert.Equal(ids.Length, ids.Distinct().Count());
                Assert.All(root.Descendants().Where(element => element.Attribute("role") is not null),
                    symbol => Assert.NotEmpty(symbol.Elements().First().Value));
            }
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Groups_end_and_colours_are_in_the_style(PictureKind kind)
    {
        string svg = PlanPictures.Of(kind).ToText(Quick(Reference));
        XElement root = XDocument.Parse(svg).Root!;
        string style = root.Elements().First(element => element.Name.LocalName == "style").Value;
        foreach (string name in root.Descendants().Attributes("class").SelectMany(attribute => attribute.Value.Split(' '))
            .Where(name => name != "none").Distinct())
        {
            // Once in light, once in dark.
            Assert.Equal(2, style.Split($".{name}{{").Length - 1);
        }
    }

    [Fact]
    public void A_plan_that_fails_is_marked_on_every_picture()
    {
        PlanSpec spec = TestPlans.Reference;
        DeploymentPlan plan = DeploymentPlan.Create(
            spec with { Cluster = spec.Cluster with { Gpu = spec.Cluster.Gpu with { MemoryBytes = 100 << 20 } } });
        foreach (PlanPicture picture in PlanPictures.All)
        {
            XElement root = XDocument.Parse(picture.ToText(new PictureSubject(plan))).Root!;
            XElement verdict = Assert.Single(root.Descendants(), element => element.Attribute("data-breaks") is not null);
            Assert.Equal("PD013", verdict.Attribute("data-breaks")!.Value);
            Assert.Contains("PD013", verdict.Value, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_picture_that_a_plan_has_nothing_for_is_refused_with_what_it_lacks()
    {
        DeploymentPlan dense = DeploymentPlan.Create(TestPlans.Of(TestPlans.Dense, new PhaseStrategy()));
        InputException refusal = Assert.Throws<InputException>(() =>
            PlanPictures.Of(PictureKind.Experts).ToText(new PictureSubject(dense)));
        Assert.Contains("no routed experts", refusal.Message, StringComparison.Ordinal);
    }

    /// <summary>The reference plan, one GPU, a name that no font has, more sets of instances than a sheet has room for, and random
    /// plans.</summary>
    private static IEnumerable<DeploymentPlan> Plans(PictureKind kind)
    {
        DeploymentPlan[] plans =
        [
            Reference,
            DeploymentPlan.Create(TestPlans.Of(TestPlans.Dense, new PhaseStrategy(), new PhaseStrategy()) with
            {
                Name = new string('w', 100),
                Cluster = TestPlans.Reference.Cluster with { Gpus = 1 },
            }),
            DeploymentPlan.Create(TestPlans.ManySets(2, 3)),
            DeploymentPlan.Create(TestPlans.ManySets(8, 7)),
            .. Enumerable.Range(0, 60).Select(TestPlans.Random),
        ];
        return plans.Where(PlanPictures.Of(kind).Applies);
    }

    // The checks are not what is tested, and cost more than the pictures.
    private static PictureSubject Quick(DeploymentPlan plan) => new(plan, new CheckReport(plan.Name, []));

    private static IEnumerable<(double X, double Y)> Corners(Box box) => [(box.X, box.Y), (box.Right, box.Bottom)];
}
