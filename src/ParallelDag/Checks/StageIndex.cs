namespace ParallelDag.Checks;

/// <summary>The stages of a DAG's phases by number and by layer. A graph with one phase need not name it on every node.</summary>
internal sealed class StageIndex
{
    private readonly Dictionary<(PhaseKind Phase, int Stage), DagStage> _byNumber = [];
    private readonly Dictionary<PhaseKind, DagStage[]> _byLayer = [];
    private readonly Dag _dag;

    public StageIndex(Dag dag)
    {
        _dag = dag;
        foreach (DagPhase phase in dag.Phases)
        {
            _byLayer[phase.Phase] = [.. phase.Stages.OrderBy(stage => stage.FirstLayer)];
            foreach (DagStage stage in phase.Stages)
                _byNumber.TryAdd((phase.Phase, stage.Index), stage);
        }
    }

    /// <summary>The phase of a node; null when neither the node nor the header tells.</summary>
    public DagPhase? PhaseOf(PhaseKind? phase) => phase is null
        ? _dag.Phases.Count == 1 ? _dag.Phases[0] : null
        : _dag.Phases.FirstOrDefault(known => known.Phase == phase);

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
