namespace ParallelDag.Search;

/// <summary>How far a search has come, for whoever watches, and how it is ended.</summary>
/// <param name="report">Told what is under way and which share of it is done; called from any thread.</param>
/// <param name="cancellation">Ends the search.</param>
public sealed class SearchProgress(Action<string, double>? report = null, CancellationToken cancellation = default)
{
    private string _step = "";
    private int _all;
    private int _done;

    /// <summary>Ends the search.</summary>
    public CancellationToken Cancellation => cancellation;

    internal void Begin(string step, int all)
    {
        cancellation.ThrowIfCancellationRequested();
        (_step, _all, _done) = (step, all, 0);
        report?.Invoke(step, 0);
    }

    internal void Advance()
    {
        int done = Interlocked.Increment(ref _done);
        report?.Invoke(_step, (double)done / Math.Max(1, _all));
    }
}
