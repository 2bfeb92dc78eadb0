using ParallelDag.Commands.Errors;
using ParallelDag.Commands.Inputs;
using ParallelDag.Layouts;

namespace ParallelDag.Commands.Exports;

/// <summary>Turns the parameters of the picture cmdlets into what the layout draws.</summary>
internal static class PictureSelection
{
    /// <summary>The options; stages and layers must each be one run, because a picture is one piece.</summary>
    /// <exception cref="ReportedException">More than one stage, or layers with gaps.</exception>
    public static DrawingOptions From(PhaseFilter phase, int[]? stages, int[]? layers, Folding folding)
    {
        if (stages is { Length: > 1 })
            throw new ReportedException(ErrorRecords.ArgumentFault("A picture shows one stage or all of them; give one number to -Stage.", string.Join(',', stages)));
        if (layers is { Length: > 0 } && layers.Distinct().Count() != layers.Max() - layers.Min() + 1)
            throw new ReportedException(ErrorRecords.ArgumentFault("A picture shows layers without gaps; give -Layer a range such as (5..8).", string.Join(',', layers)));
        return new DrawingOptions
        {
            Phase = DagSource.ToPhase(phase),
            Stage = stages is { Length: 1 } ? stages[0] : null,
            Layers = layers is { Length: > 0 } ? (layers.Min(), layers.Max()) : null,
            Folding = folding,
        };
    }
}
