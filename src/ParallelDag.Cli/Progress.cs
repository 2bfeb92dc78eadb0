using ParallelDag.Wording;

namespace ParallelDag.Cli;

/// <summary>One line on a terminal that says what is being done, once it takes longer than a second; gone when it is over.</summary>
internal sealed class Progress : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private readonly TextWriter _error;
    private readonly Timer? _timer;
    private readonly object _gate = new();
    private readonly DateTime _start = DateTime.UtcNow;
    private string _step = "";
    private int _shown;

    public Progress(TextWriter error)
    {
        _error = error;
        if (!Console.IsErrorRedirected)
            _timer = new Timer(_ => Show(), null, Patience, TimeSpan.FromSeconds(0.5));
    }

    /// <summary>Says what comes next.</summary>
    public void Step(string step)
    {
        lock (_gate)
            _step = step;
    }

    public void Dispose()
    {
        if (_timer is null)
            return;
        _timer.Dispose();
        lock (_gate)
        {
            if (_shown > 0)
                _error.Write("\r" + new string(' ', _shown) + "\r");
            _shown = 0;
            _step = "";
        }
    }

    private void Show()
    {
        lock (_gate)
        {
            if (_step.Length == 0)
                return;
            string line = Words.Invariant($"{_step} ({(DateTime.UtcNow - _start).TotalSeconds:0} s)");
            _error.Write("\r" + line.PadRight(_shown));
            _shown = line.Length;
        }
    }
}
