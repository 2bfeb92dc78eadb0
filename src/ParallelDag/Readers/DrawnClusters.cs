using ParallelDag.Drawings;
using ParallelDag.Graphs;

namespace ParallelDag.Readers;

/// <summary>
/// What the labels of the clusters of a drawing say of the nodes inside: where they stand, on which GPUs, and whether they only explain the
/// drawing.
/// </summary>
internal sealed class DrawnClusters
{
    private readonly NodeScope[] _scopes;
    private readonly GpuSet?[] _gpus;
    private readonly bool[] _legends;
    private readonly bool[] _tensorParallel;
    private readonly Dictionary<int, GpuSet?> _stages = [];

    /// <summary>Reads the labels, outer clusters first.</summary>
    /// <param name="graph">The drawing.</param>
    /// <param name="shown">A label as people see it.</param>
    public DrawnClusters(DotGraph graph, Func<DotValue, string> shown)
    {
        int count = graph.Subgraphs.Count;
        _scopes = new NodeScope[count];
        _gpus = new GpuSet?[count];
        _legends = new bool[count];
        _tensorParallel = new bool[count];
        _scopes[0] = NodeScope.Unknown;
        for (int i = 1; i < count; i++)
        {
            int parent = graph.Subgraphs[i].Parent;
            (_scopes[i], _gpus[i], _legends[i]) = (_scopes[parent], _gpus[parent], _legends[parent]);
            _tensorParallel[i] = _tensorParallel[parent];
            if (graph.Subgraphs[i].Attributes[DotAttribute.Label] is not DotValue label)
                continue;
            string text = shown(label);
            _scopes[i] = ScopeText.ReadCluster(text, _scopes[parent]);
            _legends[i] |= RemarkText.IsLegend(text);
            _tensorParallel[i] |= TensorParallelText.Says(text);
            GpuReading reading = GpuText.Read(text);
            if (reading.Speech == GpuSpeech.Named)
                _gpus[i] = reading.Gpus;
            if (_scopes[i].Stage is int stage && _scopes[parent].Stage is null && reading.Gpus is GpuSet gpus)
                _stages[stage] = _stages.TryGetValue(stage, out GpuSet? known) ? known?.Union(gpus) : gpus;
        }
    }

    private DrawnClusters()
    {
        _scopes = [];
        _gpus = [];
        _legends = [];
        _tensorParallel = [];
    }

    /// <summary>No clusters.</summary>
    public static DrawnClusters None { get; } = new();

    /// <summary>Phase, stage and layer inside a subgraph.</summary>
    public NodeScope ScopeOf(int subgraph) => _scopes[subgraph];

    /// <summary>The GPUs that the innermost cluster with GPUs names; null when none does.</summary>
    public GpuSet? GpusOf(int subgraph) => _gpus[subgraph];

    /// <summary>True inside a cluster that is called tensor-parallel.</summary>
    public bool IsTensorParallel(int subgraph) => _tensorParallel[subgraph];

    /// <summary>True inside a legend.</summary>
    public bool IsLegend(int subgraph) => _legends[subgraph];

    /// <summary>The one stage whose cluster names all of these GPUs; null when none does, or several.</summary>
    public int? StageOn(GpuSet gpus)
    {
        int? found = null;
        foreach ((int stage, GpuSet? known) in _stages)
        {
            if (known is null || !known.ContainsAll(gpus))
                continue;
            if (found is not null)
                return null;
            found = stage;
        }

        return found;
    }
}
