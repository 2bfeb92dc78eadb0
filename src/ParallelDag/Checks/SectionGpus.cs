using ParallelDag.Graphs;

namespace ParallelDag.Checks;

/// <summary>
/// The GPU sets of a phase by the places that their GPUs have in its stages. The stages between the first and the last do the same on GPUs
/// of their own, so a set of one stage is like that of another when it is made up of the same positions, and lies as many stages away.
/// </summary>
internal sealed class SectionGpus
{
    private readonly (int Stage, int Shape)[] _places;

    private SectionGpus((int Stage, int Shape)[] places, DagPhase phase) => (_places, Phase) = (places, phase);

    /// <summary>The phase.</summary>
    public DagPhase Phase { get; }

    /// <summary>
    /// The places of a phase; null where its stages cannot stand for each other: too few, of uneven size, not those of the mesh, or partly
    /// outside the pool. O(GPUs that sets name).
    /// </summary>
    public static SectionGpus? Of(GraphSurvey survey, DagPhase phase)
    {
        const int FewestStages = 4; // Two between the first and the last.
        if (!survey.Meshes.TryGetValue(phase.Phase, out PhaseMesh? mesh) || phase.Stages.Count < FewestStages
            || survey.Dag.Pool is GpuSet pool && !pool.ContainsAll(phase.Gpus))
        {
            return null;
        }

        for (int i = 0; i < phase.Stages.Count; i++)
        {
            DagStage stage = phase.Stages[i];
            if (stage.Index != i + 1 || stage.Gpus.Count * phase.Stages.Count != mesh.Gpus.Count)
                return null;
            foreach (int gpu in stage.Gpus)
            {
                if (mesh.StageOf(gpu) != stage.Index)
                    return null;
            }
        }

        return new SectionGpus(PlacesOf(survey.Dag, mesh), phase);
    }

    /// <summary>The same number for sets that are made up of the same positions.</summary>
    public int ShapeOf(int gpus) => _places[gpus].Shape;

    /// <summary>True when a set lies as another does, so many stages away.</summary>
    public bool AreAlike(int gpus, int like, int stages) =>
        _places[gpus].Shape == _places[like].Shape && _places[like].Stage - _places[gpus].Stage == stages;

    /// <summary>True for a stage that is neither the first nor the last.</summary>
    public bool IsBetween(int stage) => stage > 1 && stage < Phase.Stages.Count;

    /// <summary>Whether a layer begins and ends its stage; null outside the layers.</summary>
    public (bool Begins, bool Ends)? EndsOf(NodeScope scope) => scope is not { Layer: int layer, Stage: int stage } ? null
        : stage < 1 || stage > Phase.Stages.Count ? (false, false)
        : (layer == Phase.Stages[stage - 1].FirstLayer, layer == Phase.Stages[stage - 1].LastLayer);

    private static (int Stage, int Shape)[] PlacesOf(Dag dag, PhaseMesh mesh)
    {
        var shapes = new Dictionary<GpuSet, int>();
        var places = new (int Stage, int Shape)[dag.GpuTable.Length];
        int stageSize = mesh.Gpus.Count / mesh.Phase.Stages.Count;
        var positions = new List<int>();
        for (int entry = 0; entry < places.Length; entry++)
        {
            places[entry] = (0, ~entry); // Like no other.
            if (dag.GpuTable[entry] is not { IsEmpty: false } gpus)
                continue;
            int first = int.MaxValue;
            foreach (int gpu in gpus)
                first = Math.Min(first, mesh.StageOf(gpu));
            if (first == 0)
                continue; // Some of it lies outside the phase.
            positions.Clear();
            foreach (int gpu in gpus)
                positions.Add(((mesh.StageOf(gpu) - first) * stageSize) + mesh.PositionInStage(gpu));
            var shape = GpuSet.FromGpus(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(positions));
            if (!shapes.TryGetValue(shape, out int number))
                shapes.Add(shape, number = shapes.Count);
            places[entry] = (first, number);
        }

        return places;
    }
}
