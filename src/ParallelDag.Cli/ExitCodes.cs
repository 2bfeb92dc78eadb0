namespace ParallelDag.Cli;

/// <summary>What the program tells a script that ran it.</summary>
internal static class ExitCodes
{
    /// <summary>Done, and every check holds.</summary>
    public const int Done = 0;

    /// <summary>A check failed.</summary>
    public const int CheckFailed = 1;

    /// <summary>What was compared differs, as <c>diff</c> says it.</summary>
    public const int Differ = 1;

    /// <summary>The input or the arguments are wrong, or the machine could not carry the work out.</summary>
    public const int Refused = 2;

    /// <summary>Ended by Ctrl+C: 128 + SIGINT.</summary>
    public const int Interrupted = 130;

    /// <summary>Ended with its terminal: 128 + SIGHUP.</summary>
    public const int HungUp = 129;

    /// <summary>Ended by Ctrl+\: 128 + SIGQUIT.</summary>
    public const int Quit = 131;

    /// <summary>Ended by SIGTERM: 128 + SIGTERM.</summary>
    public const int Terminated = 143;
}
