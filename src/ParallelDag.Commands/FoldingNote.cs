using System.Management.Automation;
using ParallelDag.Layouts;

namespace ParallelDag.Commands;

/// <summary>Tells what a picture does not draw: aloud when it was our choice, under -Verbose when it was asked for.</summary>
internal static class FoldingNote
{
    public static void Report(Cmdlet cmdlet, IReadOnlyList<FoldedRun> folded, Folding asked)
    {
        if (folded.Count == 0)
            return;
        string text = $"Identical layers are drawn once ({string.Join("; ", folded)}).";
        if (asked == Folding.Auto)
            cmdlet.WriteWarning(text + " -Folding Never draws them all.");
        else
            cmdlet.WriteVerbose(text);
    }
}
