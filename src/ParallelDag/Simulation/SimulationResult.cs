using ParallelDag.Graphs;
using ParallelDag.Simulation;
using ParallelDag.Wording;

namespace ParallelDag;

/// <summary>
/// A DAG in time: when every node ran, how each GPU spent the time, and the chain of nodes that the makespan is made of. Immutable; what is
/// derived is computed when it is first asked for.
/// </summary>
public sealed class SimulationResult
{
    private readonly Lazy<GpuTime[]> _gpus;
    private readonly Lazy<StageTime[]> _stages;
    private readonly Lazy<PathStep[]> _criticalPath;

    internal SimulationResult(DagActions actions, SimulationRun run, SimulationOptions options)
    {
        Actions = actions;
        Run = run;
        Options = options;
        _gpus = new(() => GpuShares.Of(actions, run));
        _stages = new(() => StageTimes.Of(actions));
        _criticalPath = new(() => [.. run.CriticalPath().Select(Step)]);
    }

    /// <summary>How it was simulated.</summary>
    public SimulationOptions Options { get; }

    /// <summary>When the last node ended, in seconds from the start of the first.</summary>
    public double Makespan => Picoseconds.ToSeconds(Run.Makespan);

    /// <summary>The same in picoseconds, exactly.</summary>
    public long MakespanPicoseconds => Run.Makespan;

    /// <summary>The split of the time of every GPU; GPUs that do the same at the same times are one row.</summary>
    public IReadOnlyList<GpuTime> Gpus => _gpus.Value;

    /// <summary>How long a micro-batch takes through each stage; empty where nodes do not tell their stage.</summary>
    public IReadOnlyList<StageTime> Stages => _stages.Value;

    /// <summary>The mean share of the makespan that GPUs compute.</summary>
    public double Utilisation => Share(gpu => gpu.ComputePicoseconds);

    /// <summary>The mean share of the makespan that GPUs communicate while they compute nothing.</summary>
    public double ExposedShare => Share(gpu => gpu.ExposedPicoseconds);

    /// <summary>The mean share of the makespan that GPUs wait: the bubble.</summary>
    public double IdleShare => Share(gpu => gpu.IdlePicoseconds);

    /// <summary>
    /// The critical path: from the node that ended last back through what each node waited for last, to time 0. Each step begins when the
    /// one before it ends, so their durations sum to the makespan exactly.
    /// </summary>
    public IReadOnlyList<PathStep> CriticalPath => _criticalPath.Value;

    /// <summary>The critical path by operator, the largest share first.</summary>
    public IReadOnlyList<OperatorTime> CriticalOperators => [.. CriticalPath
        .GroupBy(step => step.Node.Op ?? step.Node.Name, StringComparer.Ordinal)
        .Select(steps => new OperatorTime(steps.Key, steps.Count(), steps.Sum(step => step.Picoseconds)))
        .OrderByDescending(time => time.Picoseconds)
        .ThenBy(time => time.Op, StringComparer.Ordinal)];

    /// <summary>The graph. (A method, so that serializers do not follow it.)</summary>
    public Dag GetDag() => Actions.Dag;

    /// <summary>When a node began, in seconds.</summary>
    public double StartOf(int node) => Picoseconds.ToSeconds(Run.StartOf(node));

    /// <summary>How long a node took, in seconds.</summary>
    public double SecondsOf(int node) => Picoseconds.ToSeconds(Actions.Actions.DurationOf(node));

    /// <summary>When the last of the nodes that <paramref name="choose"/> picks ended, in seconds; 0 when it picks none. O(V).</summary>
    public double FinishOf(Func<DagNode, bool> choose)
    {
        long finish = 0;
        for (int node = 0; node < Actions.Actions.Count; node++)
        {
            if (Run.FinishOf(node) > finish && choose(Actions.Dag.Node(node)))
                finish = Run.FinishOf(node);
        }

        return Picoseconds.ToSeconds(finish);
    }

    /// <summary>
    /// Where the time goes, in words, by the operators on the critical path: <c>dispatch 22 %, combine 22 %, experts 16 %, 13 others 40
    /// %</c>.
    /// </summary>
    /// <param name="most">How many operators are named.</param>
    public string Explanation(int most = 3)
    {
        IReadOnlyList<OperatorTime> operators = CriticalOperators;
        IEnumerable<string> words = operators.Take(most).Select(time => $"{time.Op} {Percent(time.Picoseconds)}");
        if (operators.Count == most + 1)
            words = words.Append($"{operators[most].Op} {Percent(operators[most].Picoseconds)}");
        else if (operators.Count > most)
            words = words.Append(
                $"{Words.Count(operators.Count - most, "other")} {Percent(operators.Skip(most).Sum(time => time.Picoseconds))}");
        return string.Join(", ", words);

        string Percent(long part) => Words.Invariant($"{100.0 * part / Math.Max(1, Run.Makespan):0} %");
    }

    /// <summary>The nodes as the core took them.</summary>
    internal DagActions Actions { get; }

    /// <summary>When every node ran.</summary>
    internal SimulationRun Run { get; }

    private PathStep Step(int node)
    {
        int binding = Run.BindingOf(node);
        bool dependency = binding < 0;
        foreach (int link in Actions.Dag.Topology.In(node))
            dependency |= Topology.Node(link) == binding && Actions.Actions.Binds(link);
        return new PathStep(Actions.Dag.Node(node), Run.StartOf(node), Actions.Actions.DurationOf(node), !dependency);
    }

    private double Share(Func<GpuTime, long> part)
    {
        decimal sum = 0;
        long gpus = 0;
        foreach (GpuTime gpu in Gpus)
        {
            sum += (decimal)part(gpu) * gpu.Gpus.Count;
            gpus += gpu.Gpus.Count;
        }

        return gpus == 0 || Run.Makespan == 0 ? 0 : (double)(sum / gpus / Run.Makespan);
    }
}
