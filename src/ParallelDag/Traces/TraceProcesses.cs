using ParallelDag.Meshes;

namespace ParallelDag.Traces;

/// <summary>
/// Numbers and names of the processes and threads. A GPU is process GPU + 1, because readers take process 0 for the idle task; the plan and
/// the critical path come behind the last GPU, and are shown above the first.
/// </summary>
internal sealed class TraceProcesses
{
    private readonly IReadOnlyList<DagPhase> _phases;
    private readonly StreamAssignment _streams;
    private readonly Dictionary<int, int>[] _rankOfGpu;

    public TraceProcesses(Dag dag, int lastGpu, StreamAssignment streams)
    {
        _phases = dag.Phases;
        _streams = streams;
        _rankOfGpu = [.. dag.Phases.Select(RankOfGpu)];
        Plan = Math.Max(lastGpu, dag.Pool?.Last ?? 0) + 2;
    }

    /// <summary>The process of the plan: its stages and its counters.</summary>
    public int Plan { get; }

    /// <summary>The process of the critical path.</summary>
    public int CriticalPath => Plan + 1;

    /// <summary>The process of a GPU.</summary>
    public static int Of(int gpu) => gpu + 1;

    /// <summary>The names of a GPU's streams, thread 1 first.</summary>
    public string[] StreamNames => _streams switch
    {
        StreamAssignment.One => ["all"],
        StreamAssignment.Two => ["compute", "communication"],
        _ => ["compute", "collective", "send", "receive"],
    };

    /// <summary><c>GPU 17 - stage 2, tp 1, ep 0</c>: what it is in the first phase that runs on it.</summary>
    public string NameOf(int gpu)
    {
        for (int i = 0; i < _phases.Count; i++)
        {
            if (!_rankOfGpu[i].TryGetValue(gpu, out int rank))
                continue;
            DagPhase phase = _phases[i];
            var words = new List<string>();
            if (phase.Stages.FirstOrDefault(stage => stage.Gpus.Contains(gpu)) is DagStage stage)
                words.Add(Wording.Words.Invariant($"stage {stage.Index}"));
            int stride = 1;
            foreach (string axis in phase.Order)
            {
                int degree = phase.Axes.GetValueOrDefault(axis, 1);
                if (degree > 1 && axis != Axis.Pp.ToName())
                    words.Add(Wording.Words.Invariant($"{axis} {rank / stride % degree}"));
                stride *= Math.Max(1, degree);
            }

            return words.Count == 0 ? Wording.Words.Invariant($"GPU {gpu}")
                : Wording.Words.Invariant($"GPU {gpu} - {string.Join(", ", words)}");
        }

        return Wording.Words.Invariant($"GPU {gpu}");
    }

    private static Dictionary<int, int> RankOfGpu(DagPhase phase)
    {
        var ranks = new Dictionary<int, int>();
        foreach (int gpu in phase.RankGpus ?? phase.Gpus.ToArray())
            ranks.TryAdd(gpu, ranks.Count);
        return ranks;
    }
}
