namespace ParallelDag.Writers;

/// <summary>A picture that a page shows beside its graph.</summary>
/// <param name="Name">Letters, for ids.</param>
/// <param name="Title">What its tab says.</param>
/// <param name="Markup">An <c>svg</c> element with its style; ids in it begin with the name.</param>
public sealed record PagePicture(string Name, string Title, string Markup);
