using System.Diagnostics;
using System.Management.Automation;
using ParallelDag.Commands.Errors;
using ParallelDag.Commands.Inputs;
using ParallelDag.Commands.Loading;

namespace ParallelDag.Commands;

/// <summary>
/// What all cmdlets share. Long work runs beside the pipeline thread, so that Ctrl+C ends the command at once whatever the work is doing,
/// and progress shows when it takes longer than a second. Faults of the input become non-terminating error records.
/// </summary>
public abstract class ParallelDagCommand : PSCmdlet, IDisposable
{
    private static readonly TimeSpan ProgressDelay = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan ProgressInterval = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan StopPatience = TimeSpan.FromMilliseconds(400);

    private readonly CancellationTokenSource _stop = new();

    /// <summary>Cancelled when the user presses Ctrl+C or the pipeline is stopped.</summary>
    private protected CancellationToken StopToken => _stop.Token;

    /// <inheritdoc/>
    public void Dispose()
    {
        _stop.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>
    /// Tells the session how plans and DAGs travel, and refuses to run for another copy of the module than the one whose libraries the
    /// session has: an assembly is loaded once, so the commands of the second copy would silently be those of the first.
    /// </summary>
    protected override void BeginProcessing()
    {
        SerializedForms.Register();
        string loaded = Path.GetDirectoryName(Path.GetDirectoryName(typeof(ParallelDagCommand).Assembly.Location)!)!;
        if (MyInvocation.MyCommand?.Module?.ModuleBase is not string module || Path.GetFullPath(module) == Path.GetFullPath(loaded))
            return;
        if (File.Exists(Path.Combine(module, "bin", Path.GetFileName(typeof(ParallelDagCommand).Assembly.Location))))
            ThrowTerminatingError(ErrorRecords.SecondCopy(module, loaded));
    }

    /// <summary>True when the user gave the parameter, whatever its value.</summary>
    private protected bool Given(string parameter) => MyInvocation.BoundParameters.ContainsKey(parameter);

    /// <inheritdoc/>
    protected override void StopProcessing() => _stop.Cancel();

    /// <summary>
    /// Runs <paramref name="work"/> and reports what goes wrong with <paramref name="input"/> instead of throwing. True when nothing did.
    /// </summary>
    /// <param name="input">The user's input, for the error record.</param>
    /// <param name="fault">The kind of record for a fault in the input.</param>
    /// <param name="work">The work; may write to the pipeline.</param>
    private protected bool TryDo(object? input, Func<InputFault, ErrorRecord> fault, Action work)
    {
        object? target = input is InputPaths.NamedPath file ? file.DisplayName : input;
        try
        {
            work();
            return true;
        }
        catch (ReportedException reported)
        {
            WriteError(reported.Record);
        }
        catch (InputException exception)
        {
            foreach (InputProblem problem in exception.Problems)
                WriteError(fault(new InputFault(problem, exception.Problems, target, (input as InputPaths.NamedPath?)?.FullPath)));
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            throw new PipelineStoppedException();
        }
        catch (OutOfMemoryException exception)
        {
            WriteError(ErrorRecords.OutOfMemory(target, exception));
        }
        catch (Exception exception) when (IsOurFault(exception))
        {
            WriteError(ErrorRecords.InternalFault(exception, target));
        }

        return false;
    }

    /// <summary>Runs <paramref name="work"/> beside the pipeline thread and waits for it, showing progress beyond a second.</summary>
    /// <param name="activity">What is being done, such as <c>Generating llm_parallel</c>.</param>
    /// <param name="work">The work; must not touch the pipeline.</param>
    /// <param name="status">How far it has come, in words; the seconds that it took unless given.</param>
    private protected T Await<T>(string activity, Func<CancellationToken, T> work, Func<string>? status = null)
    {
        CancellationToken token = _stop.Token;
        token.ThrowIfCancellationRequested();
        var task = Task.Run(() => work(token), CancellationToken.None);
        var watch = Stopwatch.StartNew();
        bool shown = false;
        try
        {
            TimeSpan pause = ProgressDelay;
            while (!Wait(task, pause, token))
            {
                string seconds = $"{(int)watch.Elapsed.TotalSeconds} s";
                WriteProgress(new ProgressRecord(1, activity, status?.Invoke() is { Length: > 0 } told ? $"{told}, {seconds}" : seconds)
                {
                    PercentComplete = -1,
                });
                shown = true;
                pause = ProgressInterval;
            }
        }
        finally
        {
            if (shown && !token.IsCancellationRequested)
                WriteProgress(new ProgressRecord(1, activity, "Done") { RecordType = ProgressRecordType.Completed });
        }

        return task.GetAwaiter().GetResult();
    }

    /// <summary>The same for work without a result.</summary>
    private protected void Await(string activity, Action<CancellationToken> work) =>
        Await(activity, token =>
        {
            work(token);
            return true;
        });

    private static bool Wait(Task task, TimeSpan pause, CancellationToken token)
    {
        try
        {
            return Task.WaitAny([task], (int)pause.TotalMilliseconds, token) == 0;
        }
        catch (OperationCanceledException)
        {
            // The work sees the token too; it gets a moment to take its temporary files away. Work that is deaf to the token is left
            // behind.
            Task.WaitAny([task], StopPatience);
            throw;
        }
    }

    /// <summary>PowerShell's own control-flow exceptions pass; everything else of the base class library's is a fault of ours.</summary>
    private static bool IsOurFault(Exception exception) =>
        exception is not (RuntimeException or PipelineStoppedException or OperationCanceledException)
        && exception.GetType().Namespace?.StartsWith("System.Management.Automation", StringComparison.Ordinal) != true;
}
