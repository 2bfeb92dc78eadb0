namespace ParallelDag.Looks;

/// <summary>
/// The palette of every picture: DOT, SVG, HTML and Mermaid say the same thing with the same colour. Every text has a contrast of at least
/// 4.5:1 on its ground and every line of at least 3:1 (WCAG 2.2 AA, criteria 1.4.3 and 1.4.11), in light and in dark. Kinds differ by
/// outline, dash pattern and line width as well.
/// </summary>
internal static class Theme
{
    /// <summary>The font families that pictures ask for; <c>FontMetrics</c> measures for the widest of them.</summary>
    public const string FontFamilies = "'Liberation Sans',Arial,Helvetica,'DejaVu Sans',sans-serif";

    /// <summary>Text.</summary>
    public static readonly Shade Text = new("#1b1f24", "#e8eaed");

    /// <summary>The ground of the picture and of a stage.</summary>
    public static readonly Shade Ground = new("#ffffff", "#14171b");

    /// <summary>The ground of prefill.</summary>
    public static readonly Shade Prefill = new("#eef2f7", "#1a2029");

    /// <summary>The ground of decode.</summary>
    public static readonly Shade Decode = new("#f4f0f8", "#211c2a");

    /// <summary>The ground of a layer with an even number, and of one with an odd number.</summary>
    public static readonly Shade Layer = new("#f1f4f8", "#1b2028"), OddLayer = new("#e4e9f0", "#232a34");

    /// <summary>The outlines of phases and stages.</summary>
    public static readonly Shade Frame = new("#5b6776", "#8b98a9");

    /// <summary>Text of less weight.</summary>
    public static readonly Shade Muted = new("#4a5563", "#a7b2c0");

    /// <summary>What breaks a rule: line, ground and text.</summary>
    public static readonly Shade Bad = new("#b3101c", "#ff7a80"), BadGround = new("#fde3e3", "#4a1519"),
        BadText = new("#8d0b15", "#ffb3b6");

    /// <summary>What a reader has chosen, and what is upstream of it.</summary>
    public static readonly Shade Accent = new("#0b57d0", "#8ab4f8");

    /// <summary>What a search has found.</summary>
    public static readonly Shade Found = new("#c2185b", "#ff8ab5");

    /// <summary>What holds: a rule that is kept, a message that stays on the fast links.</summary>
    public static readonly Shade Good = new("#1a7041", "#72cf9c");

    /// <summary>What leaves a node.</summary>
    public static readonly Shade Crossing = new("#a83c0a", "#f09a6a");

    /// <summary>Text on a ground of one of the strong colours.</summary>
    public static readonly Shade OnColour = new("#ffffff", "#14171b");

    /// <summary>Text on a ground that is bright in light and in dark.</summary>
    public static readonly Shade OnBright = new("#1b1f24", "#14171b");

    /// <summary>The ground of a panel, and of what is empty in it.</summary>
    public static readonly Shade Panel = new("#f6f8fa", "#1a1f26"), Empty = new("#e9ecf0", "#2a3038");

    /// <summary>Memory: weights, cache, activations.</summary>
    public static readonly Shade Weights = new("#1f5fa8", "#7fb2ee"), Cache = new("#0b6778", "#5cc4d6"),
        Activations = new("#b8860b", "#e6c15a");

    // Neighbours differ in lightness of hue for readers who cannot tell red from green.
    private static readonly Shade[] StageShades =
    [
        new("#1f5fa8", "#7fb2ee"), new("#1a7041", "#72cf9c"), new("#8f5500", "#e0ae5c"), new("#6b3fa0", "#c3a1ee"),
        new("#0b6778", "#5cc4d6"), new("#a83c0a", "#f09a6a"), new("#4a5563", "#a7b2c0"), new("#9c2463", "#f08cc0"),
    ];

    /// <summary>How many stages have a colour of their own; the next one begins again.</summary>
    public static int StageColours => StageShades.Length;

    /// <summary>The colour of a stage, from 1.</summary>
    public static Shade OfStage(int stage) => StageShades[(stage - 1) % StageShades.Length];

    /// <summary>The fill and the line of a kind of node.</summary>
    public static (Shade Fill, Shade Line) Of(NodeKind kind) => kind switch
    {
        NodeKind.Computation => (new("#dbe9fa", "#17314f"), new("#1f5fa8", "#7fb2ee")),
        NodeKind.Communication => (new("#fdebcf", "#43300f"), new("#8f5500", "#e0ae5c")),
        NodeKind.Routing => (new("#ecdffa", "#362350"), new("#6b3fa0", "#c3a1ee")),
        NodeKind.Aggregation => (new("#d8f1e2", "#143a27"), new("#1a7041", "#72cf9c")),
        _ => (new("#eceef1", "#2b3037"), new("#3d444d", "#c3c9d1")),
    };

    /// <summary>What a GPU does at a time, as a bar; <see cref="Ground"/> is readable on it. Waiting is hatched.</summary>
    public static Shade Of(Activity activity) => activity switch
    {
        Activity.Idle => OddLayer,
        Activity.Compute => Of(NodeKind.Computation).Line,
        Activity.Domain => Of(NodeKind.Aggregation).Line,
        Activity.Node => Of(EdgeKind.Kv),
        Activity.Network => Of(EdgeKind.Pipeline),
        _ => Of(NodeKind.Communication).Line,
    };

    /// <summary>The line of a kind of edge. A gate has the colour of routing, whose choice it carries.</summary>
    public static Shade Of(EdgeKind kind) => kind switch
    {
        EdgeKind.Gate => new("#6b3fa0", "#c3a1ee"),
        EdgeKind.Pipeline => new("#a83c0a", "#f09a6a"),
        EdgeKind.Kv or EdgeKind.Token => new("#0b6778", "#5cc4d6"),
        EdgeKind.Order => new("#7b8794", "#76818f"),
        _ => Muted,
    };

    /// <summary>The label of a kind of edge.</summary>
    public static Shade LabelOf(EdgeKind kind) =>
        kind is EdgeKind.Kv or EdgeKind.Token ? new("#08505d", "#8fdbe8") : new("#7d2c05", "#f6b894");

    /// <summary>The width of a kind of edge, in pixels.</summary>
    public static double WidthOf(EdgeKind kind) => kind switch
    {
        EdgeKind.Gate => 1.4,
        EdgeKind.Pipeline => 2.6,
        EdgeKind.Kv => 1.6,
        EdgeKind.Order => 0.9,
        _ => 1.2,
    };

    /// <summary>The lengths of strokes and gaps of a kind of edge, in pixels; empty for a solid line.</summary>
    public static ReadOnlySpan<int> DashesOf(EdgeKind kind) => kind switch
    {
        EdgeKind.Gate => [5, 3],
        EdgeKind.Kv => [9, 3, 2, 3],
        EdgeKind.Order => [1, 4],
        EdgeKind.Token => [2, 3],
        _ => [],
    };
}
