namespace ParallelDag.Comparisons;

/// <summary>Headings over the differences of an aspect.</summary>
internal static class AspectTitles
{
    /// <summary>The aspects in the order in which reports tell them: what was changed before what comes of it.</summary>
    public static IReadOnlyList<DifferenceAspect> ReadingOrder { get; } =
        [DifferenceAspect.Setting, .. Enum.GetValues<DifferenceAspect>().Where(aspect => aspect != DifferenceAspect.Setting)];

    /// <summary>The heading.</summary>
    public static string Of(DifferenceAspect aspect) => aspect switch
    {
        DifferenceAspect.Fits => "Does it fit?",
        DifferenceAspect.Rule => "Rules",
        DifferenceAspect.Time => "Times and throughput",
        DifferenceAspect.Memory => "Memory per GPU",
        DifferenceAspect.Collective => "Collectives and messages",
        DifferenceAspect.Role => "GPUs with another role",
        DifferenceAspect.Expert => "Experts that moved",
        DifferenceAspect.Layer => "Layers that moved",
        DifferenceAspect.Operator => "Operators",
        DifferenceAspect.Edge => "Dependencies",
        _ => "What was changed",
    };
}
