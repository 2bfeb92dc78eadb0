namespace ParallelDag.Pictures.Facts;

/// <summary>The phases that a sheet has room for: of many sets of instances the first ones of each phase.</summary>
/// <param name="Drawn">Those that are drawn, in their order.</param>
/// <param name="Others">Those that are not.</param>
internal sealed record ShownPhases(IReadOnlyList<PhaseLayout> Drawn, IReadOnlyList<PhaseLayout> Others)
{
    /// <summary>Which sets are not drawn, as a sentence that ends in a blank; empty where all are.</summary>
    public string Note => Others.Count == 0 ? "" : $"Not drawn: {string.Join(", ", Others.Select(layout => layout.Id.ToName()))}. ";

    /// <summary>At most so many of some phases, taking turns between prefill and decode.</summary>
    public static ShownPhases Of(IReadOnlyList<PhaseLayout> all, int most)
    {
        PhaseLayout[] drawn = [.. all.GroupBy(layout => layout.Phase).SelectMany(sets => sets.Select((layout, index) => (layout, index)))
            .OrderBy(entry => entry.index).ThenBy(entry => entry.layout.Id).Take(most).Select(entry => entry.layout)
            .OrderBy(layout => layout.Id)];
        return new ShownPhases(drawn, [.. all.Except(drawn)]);
    }
}
