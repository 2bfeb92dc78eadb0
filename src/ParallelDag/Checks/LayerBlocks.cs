using System.Globalization;
using ParallelDag.Graphs;
using ParallelDag.Wording;

namespace ParallelDag.Checks;

/// <summary>
/// The blocks of a DAG: the nodes of one layer (or run of layers, in an overview) of one phase for one micro-batch.
/// Where a drawing tells no layer, those of one stage. Read from the scope table alone; nodes look their block up by scope.
/// </summary>
internal sealed class LayerBlocks
{
    private readonly int[] _blockOfScope;

    public LayerBlocks(Dag dag)
    {
        var index = new Dictionary<(PhaseId?, int?, string?, int?, int), int>();
        _blockOfScope = new int[dag.ScopeTable.Length];
        for (int i = 0; i < _blockOfScope.Length; i++)
        {
            NodeScope scope = dag.ScopeTable[i];
            var key = (scope.Phase, scope.Layer, scope.Layers, scope.Layer is null && scope.Layers is null ? scope.Stage : null,
                scope.MicroBatch);
            if (!index.TryGetValue(key, out int block))
            {
                block = Scopes.Count;
                index.Add(key, block);
                Scopes.Add(scope);
            }

            _blockOfScope[i] = block;
        }
    }

    /// <summary>One scope of each block.</summary>
    public List<NodeScope> Scopes { get; } = [];

    /// <summary>How many blocks there are.</summary>
    public int Count => Scopes.Count;

    /// <summary>The block of a node.</summary>
    public int Of(Dag dag, int node) => _blockOfScope[dag.ScopeColumn[node]];

    /// <summary>The blocks for which each block stands: itself, and those of sections that are like its own.</summary>
    public ILookup<int, int> Like(Inspection inspection)
    {
        if (inspection.Alike is not AlikeSections alike)
            return Enumerable.Range(0, Count).ToLookup(block => block);
        SectionIndex sections = inspection.Survey.Sections;
        int BlockOf(int section) => Of(inspection.Dag, sections.Nodes(section)[0]);
        return Enumerable.Range(0, sections.Count).Where(section => sections.Nodes(section).Length > 0)
            .Select(section => (Model: BlockOf(alike.ModelOf(section)), Own: BlockOf(section))).Distinct()
            .ToLookup(pair => pair.Model, pair => pair.Own);
    }

    /// <summary>How many layers a block stands for: 1, or those of an overview block.</summary>
    public long LayersOf(int block) =>
        Scopes[block].Layer is not null ? 1 : IndexRanges.Parse(Scopes[block].Layers).Sum(range => (long)range.Last - range.First + 1);

    /// <summary><c>prefill layer 3</c>, <c>decode layers 1-4, micro-batch 2</c>.</summary>
    public string NameOf(int block)
    {
        NodeScope scope = Scopes[block];
        string phase = scope.Phase is PhaseId kind ? kind.ToName() + " " : "";
        string layer = scope.Layer is not null
            ? Words.Invariant($"layer {scope.Layer}")
            : scope.Layers is string layers ? $"layers {Inspection.OneLine(layers)}"
            : scope.Stage is int stage ? Words.Invariant($"outside the layers, stage {stage}")
            : "outside the layers";
        string micro = scope.MicroBatch > 0 ? Words.Invariant($", micro-batch {scope.MicroBatch}") : "";
        return phase + layer + micro;
    }

    /// <summary>
    /// What a count of blocks says for each phase: <c>16 MoE layers of prefill and of decode</c>; blocks of further micro-batches do not
    /// count again.
    /// </summary>
    public string CountLayers(IEnumerable<int> blocks, string noun)
    {
        var perPhase = blocks.Where(block => Scopes[block].MicroBatch == 0)
            .GroupBy(block => Scopes[block].Phase)
            .Select(group => (Phase: group.Key, Layers: group.Sum(LayersOf)))
            .OrderBy(item => item.Phase)
            .ToList();
        return string.Join(", ",
            perPhase.Select(item =>
                Words.Count(Math.Max(item.Layers, 1), noun) + (item.Phase is PhaseId phase ? $" of {phase.ToName()}" : "")));
    }

    /// <summary>The number of a count, without its noun.</summary>
    public static string Number(long count) => count.ToString("N0", CultureInfo.InvariantCulture);
}
