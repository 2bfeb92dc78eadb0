using ParallelDag.Checks;
using ParallelDag.Comparisons;
using ParallelDag.Files;

namespace ParallelDag.Watching;

/// <summary>
/// Watches a plan file and the config that it names, and yields a state at each save. It looks at the file again and again in place of
/// asking the system to tell: that works on every file system and in containers, sees editors that put another file in the old one's
/// place, and lets a file settle that is still being written.
/// </summary>
/// <param name="path">The full path of the plan.</param>
/// <param name="name">The name that faults give it.</param>
/// <param name="read">Reads a plan file.</param>
public sealed class PlanWatcher(string path, string name, Func<InputFile, CancellationToken, DeploymentPlan> read)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(120);

    // A file that an editor puts in the old one's place is missing for a moment.
    private const int PatienceForMissing = 8;

    private ComparisonSubject? _good;
    private string? _config;
    private int _number;

    /// <summary>
    /// The states: the first at once, then one at each save that changes the content. Waits in between; ends when cancelled.
    /// </summary>
    /// <exception cref="OperationCanceledException">Work on a state was ended.</exception>
    public IEnumerable<PlanUpdate> States(CancellationToken cancellation)
    {
        Content? told = null, before = null;
        int missing = 0;
        while (!cancellation.IsCancellationRequested)
        {
            Content now = Content.Of(path, _config);
            missing = now.IsMissing ? missing + 1 : 0;

            // What has not changed since the last look has settled.
            bool settled = now.Equals(before) && (!now.IsMissing || missing >= PatienceForMissing);
            if ((settled || told is null) && !now.Equals(told))
            {
                told = now;
                PlanUpdate update = Look(cancellation);
                told = told.Value.With(_config);
                yield return update;
            }

            before = now;
            if (cancellation.WaitHandle.WaitOne(Interval))
                yield break;
        }
    }

    private PlanUpdate Look(CancellationToken cancellation)
    {
        _number++;
        DateTimeOffset time = DateTimeOffset.Now;
        try
        {
            InputFile input = InputFile.Read(path, name, Readers.GraphFile.MaxBytes, cancellation);
            DeploymentPlan plan = read(input, cancellation);
            _config = plan.Spec.ModelFile;
            var subject = new ComparisonSubject(plan, cancellation: cancellation);
            DagComparison? comparison = _good is null ? null : DagComparer.Compare(_good, subject, cancellation: cancellation);
            CheckReport checks = subject.Report;
            if (checks.Holds || _good is null)
                _good = subject;
            return new PlanUpdate(_number, name, time) { Plan = plan, Checks = checks, Comparison = comparison };
        }
        catch (InputException fault)
        {
            return new PlanUpdate(_number, name, time) { Problems = [.. fault.Problems.Select(problem => problem.ToString())] };
        }
        catch (OverflowException)
        {
            return new PlanUpdate(_number, name, time)
            {
                Problems = [$"{name}: sizes pass 2^63; lower the batch, the sequence length or the model's dimensions"],
            };
        }
    }

    /// <summary>What tells one content of the files from another.</summary>
    private readonly record struct Content((DateTime Written, long Length)? File, string? Config, (DateTime Written,
        long Length)? ConfigFile)
    {
        public bool IsMissing => File is null;

        public static Content Of(string path, string? config) => new(Stamp(path), config, config is null ? null : Stamp(config));

        public Content With(string? config) => this with { Config = config, ConfigFile = config is null ? null : Stamp(config) };

        private static (DateTime, long)? Stamp(string path)
        {
            try
            {
                var file = new FileInfo(path);
                return file.Exists ? (file.LastWriteTimeUtc, file.Length) : null;
            }
            catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
            {
                return null;
            }
        }
    }
}
