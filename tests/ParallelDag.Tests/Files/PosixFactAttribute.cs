using System.Runtime.CompilerServices;

namespace ParallelDag.Tests.Files;

/// <summary>A test of modes, links, pipes or devices as POSIX has them.</summary>
public sealed class PosixFactAttribute : FactAttribute
{
    public PosixFactAttribute([CallerFilePath] string? sourceFilePath = null, [CallerLineNumber] int sourceLineNumber = -1)
        : base(sourceFilePath, sourceLineNumber)
    {
        if (OperatingSystem.IsWindows())
            Skip = "needs POSIX modes, links, pipes or devices";
    }
}
