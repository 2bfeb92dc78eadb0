using System.Runtime.CompilerServices;

namespace ParallelDag.Tests.Writers;

/// <summary>A fact that needs Chromium; reported as skipped where there is none.</summary>
internal sealed class ChromiumFactAttribute : FactAttribute
{
    public ChromiumFactAttribute([CallerFilePath] string? file = null, [CallerLineNumber] int line = -1)
        : base(file, line)
    {
        if (Chromium.Path is null)
            Skip = "SKIPPED: chromium is not on PATH, so the page was not tried in a browser";
    }
}
