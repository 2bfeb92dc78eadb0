using System.Text;
using ParallelDag.Exports;
using ParallelDag.Files;
using ParallelDag.Wording;

namespace ParallelDag.Cli;

/// <summary>
/// One run of the program: its streams in UTF-8 without a byte order mark, its interruption by signals,
/// and the one place where faults become lines on stderr and exit codes.
/// </summary>
internal sealed class Session : IDisposable
{
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false);

    private readonly Interruption _interruption = new();

    public Session()
    {
        // A Windows console shows bytes by its code page.
        if (OperatingSystem.IsWindows() && !Console.IsOutputRedirected)
            Console.OutputEncoding = Utf8;
        OutputStream = StandardOutput.Open();
        Output = new StreamWriter(OutputStream, Utf8, bufferSize: 4096, leaveOpen: true) { NewLine = "\n" };
        Error = new StreamWriter(Console.OpenStandardError(), Utf8) { NewLine = "\n", AutoFlush = true };
    }

    /// <summary>Standard output as bytes.</summary>
    public Stream OutputStream { get; }

    /// <summary>Standard output as text.</summary>
    public TextWriter Output { get; }

    /// <summary>Standard error.</summary>
    public TextWriter Error { get; }

    /// <summary>Cancelled by Ctrl+C, SIGTERM, SIGHUP and SIGQUIT.</summary>
    public CancellationToken Cancellation => _interruption.Token;

    /// <summary>The width of the terminal that shows standard output; null when it is none.</summary>
    public static int? TerminalWidth => Console.IsOutputRedirected ? null : Math.Max(60, Console.WindowWidth);

    /// <summary>Files that become visible together at the end, and vanish when the run ends before.</summary>
    public OutputFiles CreateFiles()
    {
        var files = new OutputFiles(cancellation: Cancellation);
        _interruption.OnEnd(files.Dispose);
        return files;
    }

    /// <summary>Standard output for <c>-</c>, else a file that joins <paramref name="files"/>.</summary>
    public IExportOutput OutputTo(string target, OutputFiles files) =>
        target == Inputs.Standard ? new StreamOutput(OutputStream) : new FileOutput(files, target);

    /// <summary>Tells what goes on, where somebody watches and it takes long.</summary>
    public Progress StartProgress() => new(Error);

    /// <summary>Runs a command.</summary>
    public int Run(Func<int> command)
    {
        try
        {
            int code = command();
            Output.Flush();
            return code;
        }
        catch (InputException fault)
        {
            foreach (InputProblem problem in fault.Problems)
                Say(problem.ToString());
            return ExitCodes.Refused;
        }
        catch (ClosedPipeException)
        {
            // The reader of our output has seen enough (| head).
            return ExitCodes.Done;
        }
        catch (OperationCanceledException) when (Cancellation.IsCancellationRequested)
        {
            return _interruption.ExitCode;
        }
        catch (OverflowException)
        {
            Say("sizes pass 2^63; lower the batch, the sequence length or the model's dimensions");
            return ExitCodes.Refused;
        }
        catch (OutOfMemoryException)
        {
            Say(
                "this needs more memory than there is; ask for a smaller detail (--detail operator or overview) or for one "
                    + "phase (--phase)");
            return ExitCodes.Refused;
        }
        catch (OutputException fault)
        {
            Say(fault.ToString());
            return ExitCodes.Refused;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            Say(fault.Message);
            return ExitCodes.Refused;
        }
        catch (Exception fault)
        {
            Say($"a fault of paralleldag itself, not of your input ({fault.GetType().Name}: {fault.Message}); please report it");
            return ExitCodes.Refused;
        }
    }

    /// <summary>Prints one line on stderr, whatever the text holds.</summary>
    public void Say(string text) => IgnoreClosed(() => Error.WriteLine(OneLine.Of(text)));

    public void Dispose()
    {
        IgnoreClosed(Error.Dispose);
        _interruption.Dispose();
    }

    /// <summary>Where standard error is closed, the exit code is all that is left to tell.</summary>
    private static void IgnoreClosed(Action write)
    {
        try
        {
            write();
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
        }
    }
}
