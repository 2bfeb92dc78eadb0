using System.Runtime.InteropServices;

namespace ParallelDag.Cli;

/// <summary>
/// Ctrl+C, SIGTERM, a closed terminal (SIGHUP) and SIGQUIT: the work is asked to end; what has not ended soon after is ended, its temporary
/// files removed.
/// </summary>
internal sealed class Interruption : IDisposable
{
    /// <summary>How long the work may take to end by itself. Together with the clean-up it stays below a second.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromMilliseconds(700);

    private readonly CancellationTokenSource _source = new();
    private readonly List<Action> _cleanUps = [];
    private readonly PosixSignalRegistration[] _registrations;

    public Interruption()
    {
        _registrations =
        [
            PosixSignalRegistration.Create(PosixSignal.SIGINT, context => Interrupt(context, ExitCodes.Interrupted)),
            PosixSignalRegistration.Create(PosixSignal.SIGTERM, context => Interrupt(context, ExitCodes.Terminated)),
            PosixSignalRegistration.Create(PosixSignal.SIGHUP, context => Interrupt(context, ExitCodes.HungUp)),
            PosixSignalRegistration.Create(PosixSignal.SIGQUIT, context => Interrupt(context, ExitCodes.Quit)),
        ];
    }

    /// <summary>Cancelled by the first signal.</summary>
    public CancellationToken Token => _source.Token;

    /// <summary>The exit code that the signal asks for.</summary>
    public int ExitCode { get; private set; } = ExitCodes.Interrupted;

    /// <summary>Has <paramref name="cleanUp"/> run when the program must be ended by force.</summary>
    public void OnEnd(Action cleanUp)
    {
        lock (_cleanUps)
            _cleanUps.Add(cleanUp);
    }

    public void Dispose()
    {
        foreach (PosixSignalRegistration registration in _registrations)
            registration.Dispose();
        _source.Dispose();
    }

    private void Interrupt(PosixSignalContext context, int exitCode)
    {
        context.Cancel = true;
        if (_source.IsCancellationRequested)
            return;
        ExitCode = exitCode;
        var watch = new Thread(() =>
        {
            Thread.Sleep(Grace);
            lock (_cleanUps)
                _cleanUps.ForEach(cleanUp => cleanUp());
            Environment.Exit(exitCode);
        })
        {
            IsBackground = true,
        };
        watch.Start();
        _source.Cancel();
    }
}
