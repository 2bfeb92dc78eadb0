using ParallelDag.Simulation;
using ParallelDag.Wording;

namespace ParallelDag.Traces;

/// <summary>
/// The GPUs and nodes of a trace. A trace of more than <see cref="TraceOptions.Limit"/> slices shows one GPU of each stage, and says so.
/// </summary>
internal sealed class TraceSelection
{
    private readonly DagActions _actions;
    private readonly TraceOptions _options;

    /// <summary>Chooses.</summary>
    /// <exception cref="InputException">Nothing is left to show, or even the sample is too large.</exception>
    public TraceSelection(SimulationResult result, TraceOptions options)
    {
        _actions = result.Actions;
        _options = options;
        Gpus = GpusOf(_actions.GpuLanes.Gpus);
        long slices = Count();
        if (slices > options.Limit && options.Gpus is null)
        {
            int all = Gpus.Sum(gpus => gpus.Length);
            GpuSet sample = Sample();
            Gpus = GpusOf([.. _actions.GpuLanes.Gpus.Select(lane => lane.Intersect(sample))]);
            Note = $"the trace shows {Words.Count(sample.Count, "GPU")} of {Words.Number(all)}, one of each stage ({sample}), "
                + $"because all would be {Words.Count(slices, "slice")}";
            slices = Count();
        }

        if (slices == 0)
            throw new InputException(
                $"nothing of {_actions.Dag.Name} runs on the GPUs, stage and layers that were asked for, so the trace would be empty");
        if (slices > options.Limit)
        {
            throw new InputException(
                $"the trace of {_actions.Dag.Name} would have {Words.Count(slices, "slice")}, "
                + $"and a browser copes with {Words.Number(options.Limit)}; "
                + "ask for fewer GPUs, one stage or some layers, or force all of it");
        }
    }

    /// <summary>The GPUs that are shown, of each lane.</summary>
    public int[][] Gpus { get; private set; }

    /// <summary>What was left out without being asked, in words; null when nothing was.</summary>
    public string? Note { get; }

    /// <summary>True for a node of the stage and the layers that were asked for.</summary>
    public bool Shows(int node)
    {
        Graphs.NodeScope scope = _actions.Dag.ScopeOf(node);
        return (_options.Stage is null || scope.Stage == _options.Stage)
            && (_options.Layers is not (int first, int last) || (scope.Layer >= first && scope.Layer <= last))
            && _actions.Includes(node);
    }

    private int[][] GpusOf(GpuSet[] lanes) =>
        [.. lanes.Select(lane => _options.Gpus is GpuSet chosen ? lane.Intersect(chosen).ToArray() : lane.ToArray())];

    /// <summary>The lowest GPU of each stage of each phase; of a graph without stages the lowest GPU of all.</summary>
    private GpuSet Sample()
    {
        GpuSet shown = GpuSet.UnionAll(_actions.GpuLanes.Gpus);
        int[] firsts = [.. _actions.Dag.Phases.SelectMany(phase => phase.Stages).Select(stage => stage.Gpus.Intersect(shown).First)
            .Where(gpu => gpu >= 0)];
        return firsts.Length > 0 ? GpuSet.FromGpus(firsts) : GpuSet.Of(shown.First);
    }

    private long Count()
    {
        ActionSet actions = _actions.Actions;
        long slices = 0;
        for (int node = 0; node < actions.Count; node++)
        {
            if (!Shows(node))
                continue;
            foreach (int stream in actions.StreamsOf(node))
                slices += Gpus[stream / _actions.StreamKinds].Length;
        }

        return slices;
    }
}
