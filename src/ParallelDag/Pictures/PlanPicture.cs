using System.Text;
using ParallelDag.Pictures.Canvas;
using ParallelDag.Writers;

namespace ParallelDag.Pictures;

/// <summary>A picture of a plan. Command line, cmdlets and completion know the pictures by these facts alone.</summary>
public sealed class PlanPicture
{
    private readonly Func<PictureSubject, Sheet> _draw;

    internal PlanPicture(PictureKind kind, string product, Func<PictureSubject, Sheet> draw)
    {
        Kind = kind;
        Product = product;
        _draw = draw;
    }

    /// <summary>Which.</summary>
    public PictureKind Kind { get; }

    /// <summary>The word for it in arguments and file names: <c>map</c>.</summary>
    public string Name => Kind.ToString().ToLowerInvariant();

    /// <summary>What it is, in a sentence: <c>a map of nodes and GPUs</c>.</summary>
    public string Product { get; }

    /// <summary>What a plan must have to be drawn so: <c>routed experts</c>; empty for nothing.</summary>
    public string Needs { get; internal init; } = "";

    /// <summary>True for plans that have it.</summary>
    public Func<DeploymentPlan, bool> Applies { get; internal init; } = _ => true;

    /// <summary>The name of its file: <c>llm_parallel_map.svg</c>.</summary>
    public string FileName(string plan) => $"{plan}_{Name}.svg";

    /// <summary>Writes it as SVG: 1600 x 1000, one file, light and dark.</summary>
    /// <exception cref="InputException">The plan has not what the picture <see cref="Needs"/>.</exception>
    public void Write(PictureSubject subject, Stream output) => SheetWriter.Write(Draw(subject), output);

    /// <summary>The SVG as one string.</summary>
    public string ToText(PictureSubject subject)
    {
        using var stream = new MemoryStream();
        Write(subject, stream);
        return Encoding.UTF8.GetString(stream.GetBuffer(), 0, (int)stream.Length);
    }

    /// <summary>The picture for a page: one <c>svg</c> element.</summary>
    /// <param name="subject">The plan.</param>
    /// <param name="prefix">What ids begin with before its name, where a page shows several plans.</param>
    public PagePicture ForPage(PictureSubject subject, string prefix = "")
    {
        using var stream = new MemoryStream();
        SheetWriter.WriteElement(Draw(subject), prefix + Name, stream);
        string title = $"{char.ToUpperInvariant(Name[0])}{Name[1..]}";
        return new PagePicture(Name, title, Encoding.UTF8.GetString(stream.GetBuffer(), 0, (int)stream.Length));
    }

    /// <summary>What is on it.</summary>
    internal Sheet Draw(PictureSubject subject) => Applies(subject.Plan)
        ? _draw(subject)
        : throw new InputException($"{subject.Plan.Name} has no {Needs}, so there is no picture of them; choose another picture");
}
