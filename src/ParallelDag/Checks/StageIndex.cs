namespace ParallelDag.Checks;

/// <summary>The stages of a DAG's phases by number and by layer. A graph with one phase need not name it on every node.</summary>
internal sealed class StageIndex
{
    private readonly Dictionary<(PhaseId Phase, int Stage), DagStage> _byNumber = [];
    private readonly Dictionary<PhaseId, DagStage[]> _byLayer = [];
    private readonly DagPhase[] _phases;

    public StageIndex(Dag dag)
    {
        _phases = [.. dag.Phases];
        foreach (DagPhase phase in _phases)
        {
            _byLayer[phase.Phase] = [.. phase.Stages.OrderBy(stage => stage.FirstLayer)];
            foreach (DagStage stage in phase.Stages)
                _byNumber.TryAdd((phase.Phase, stage.Index), stage);
        }
    }

    /// <summary>
    /// The phase of a node; null when neither the node nor the header tells. Asked for every node, so it allocates nothing.
    /// </summary>
    public DagPhase? PhaseOf(PhaseId? phase)
    {
        if (phase is null)
            return _phases is [DagPhase only] ? only : null;
        foreach (DagPhase known in _phases)
        {
            if (known.Phase == phase)
                return known;
        }

        return null;
    }

    /// <summary>The stage of that number, or null.</summary>
    public DagStage? Find(DagPhase phase, int stage) => _byNumber.GetValueOrDefault((phase.Phase, stage));

    /// <summary>The stage that lists all of the layers <paramref name="first"/>..<paramref name="last"/>, or null. O(log stages).</summary>
    public DagStage? Holding(DagPhase phase, int first, int last)
    {
        DagStage[] stages = _byLayer[phase.Phase];
        int low = 0, high = stages.Length - 1;
        while (low <= high)
        {
            int middle = (low + high) / 2;
            if (last > stages[middle].LastLayer)
                low = middle + 1;
            else if (first < stages[middle].FirstLayer)
                high = middle - 1;
            else
                return stages[middle];
        }

        return null;
    }
}
