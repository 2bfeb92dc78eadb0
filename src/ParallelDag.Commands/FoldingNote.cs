using System.Management.Automation;
using ParallelDag.Layouts;

namespace ParallelDag.Commands;

/// <summary>Tells under -Verbose what a picture does not draw; the picture says it too.</summary>
internal static class FoldingNote
{
    public static void Report(Cmdlet cmdlet, IReadOnlyList<FoldedRun> folded)
    {
        if (folded.Count == 0)
            return;
        cmdlet.WriteVerbose($"What is identical is drawn once ({string.Join("; ", folded)}). -Folding Never draws everything.");
    }
}
