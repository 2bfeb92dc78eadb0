using ParallelDag.Looks;
using ParallelDag.Wording;

namespace ParallelDag.Pictures.Canvas;

/// <summary>A colour of the <see cref="Theme"/> with the name that style sheets give it.</summary>
/// <param name="Name">Letters, digits and hyphens.</param>
/// <param name="Shade">The colour on light and on dark ground.</param>
internal sealed record Ink(string Name, Shade Shade)
{
    public static readonly Ink Text = new("text", Theme.Text), Muted = new("muted", Theme.Muted), Ground = new("ground", Theme.Ground);

    public static readonly Ink Frame = new("frame", Theme.Frame), Panel = new("panel", Theme.Panel), Empty = new("empty", Theme.Empty);

    public static readonly Ink Bad = new("bad", Theme.Bad), BadGround = new("bad-ground", Theme.BadGround),
        BadText = new("bad-text", Theme.BadText);

    public static readonly Ink Good = new("good", Theme.Good), Crossing = new("crossing", Theme.Crossing),
        OnColour = new("on", Theme.OnColour), OnBright = new("on-bright", Theme.OnBright);

    public static readonly Ink Changed = new("changed", Theme.Found);

    public static readonly Ink Weights = new("weights", Theme.Weights), Cache = new("cache", Theme.Cache);

    public static readonly Ink Activations = new("activations", Theme.Activations);

    public static readonly Ink Prefill = new("prefill", Theme.Prefill), Decode = new("decode", Theme.Decode);

    private static readonly Ink[] Stages =
        [.. Enumerable.Range(1, Theme.StageColours).Select(stage => new Ink(Words.Invariant($"stage{stage}"), Theme.OfStage(stage)))];

    /// <summary>The colour of a stage, from 1.</summary>
    public static Ink OfStage(int stage) => Stages[(stage - 1) % Stages.Length];

    /// <summary>The line of a kind of edge.</summary>
    public static Ink Of(EdgeKind kind) => new("e-" + kind.ToName(), Theme.Of(kind));

    /// <summary>The ground and the line of a kind of node.</summary>
    public static (Ink Fill, Ink Line) Of(NodeKind kind) =>
        (new("n-" + kind.ToName(), Theme.Of(kind).Fill), new("nl-" + kind.ToName(), Theme.Of(kind).Line));

    /// <summary>The ground of a phase.</summary>
    public static Ink Of(PhaseKind phase) => phase == PhaseKind.Prefill ? Prefill : Decode;
}
