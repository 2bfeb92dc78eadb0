using ParallelDag.Graphs;
using ParallelDag.Units;
using ParallelDag.Wording;

namespace ParallelDag.Comparisons;

/// <summary>The nodes of one operator of a phase that differ.</summary>
/// <param name="phase">The phase.</param>
/// <param name="title">What people call the operator.</param>
internal sealed class OperatorChange(PhaseId? phase, string title)
{
    private readonly Sum _reference = new();
    private readonly Sum _difference = new();

    /// <summary>Adds a node of the reference.</summary>
    public void AddReference(Dag dag, int node) => _reference.Add(dag, node);

    /// <summary>Adds a node of the other.</summary>
    public void AddDifference(Dag dag, int node) => _difference.Add(dag, node);

    /// <summary>The row.</summary>
    public DagDifference ToRow()
    {
        bool moves = _reference.Wire + _difference.Wire > 0;
        bool counted = moves || _reference.Flops + _difference.Flops > 0;
        GpuSet gpus = _reference.Gpus.Union(_difference.Gpus);
        return new DagDifference
        {
            Aspect = DifferenceAspect.Operator,
            Phase = phase,
            Subject = title,
            Reference = _reference.Text(_difference),
            Difference = _difference.Text(_reference),
            ReferenceValue = counted && _reference.Nodes > 0 ? moves ? (double)_reference.Wire : (double)_reference.Flops : null,
            DifferenceValue = counted && _difference.Nodes > 0 ? moves ? (double)_difference.Wire : (double)_difference.Flops : null,
            Unit = !counted ? "" : moves ? "B" : "FLOP",
            Gpus = gpus.IsEmpty ? null : gpus,
            Layers = DifferenceRows.Layers(_reference.Layers.Union(_difference.Layers)),
        };
    }

    /// <summary>What the nodes of one side add up to.</summary>
    private sealed class Sum
    {
        private readonly HashSet<GpuSet> _gpus = [];
        private NodeFacts? _first;
        private int _firstNode;
        private string _experts = "";
        private long _hbm;

        public int Nodes { get; private set; }

        public decimal Flops { get; private set; }

        public decimal Wire { get; private set; }

        public HashSet<int> Layers { get; } = [];

        public GpuSet Gpus => field ??= GpuSet.UnionAll(_gpus);

        public void Add(Dag dag, int node)
        {
            NodeFacts facts = dag.FactsOf(node);
            if (_first is null || node < _firstNode)
                (_first, _firstNode, _experts) = (facts, node, facts.Experts ?? "");
            Nodes++;
            Flops += facts.Flops;
            Wire += facts.WireBytes;
            _hbm = Math.Max(_hbm, facts.HbmBytes);
            if (dag.ScopeOf(node).Layer is int layer)
                Layers.Add(layer);
            if (dag.GpusOf(node) is GpuSet gpus)
                _gpus.Add(gpus);
        }

        /// <summary>How many, and of the rest what the other side has not alike.</summary>
        public string? Text(Sum other)
        {
            if (_first is null)
                return null;
            NodeFacts? against = other._first;
            List<string> parts = [Words.Count(Nodes, "node")];
            void Part(bool differs, string text)
            {
                if (differs && text.Length > 0)
                    parts.Add(text);
            }

            Part(against is null, Gpus.IsEmpty ? "" : "on " + Gpus.Named);
            Part(against?.Kind != _first.Kind && against is not null, "of kind " + _first.Kind.ToName());
            Part(_experts != other._experts && against is not null && _experts.Length > 0, "the first of experts " + _experts);
            Part(against is null || !_first.Output.Equals(against.Output), _first.Output.IsEmpty ? "" : $"yield {_first.Output}");
            Part(against is not null && _first.Output.Equals(against.Output)
                && !_first.Input.Equals(against.Input), $"read {_first.Input}");
            Part(Flops != other.Flops, Flops == 0 && against is null ? "" : $"{Quantity.FormatFlops(Flops)} in all");
            Part(Wire != other.Wire, Wire == 0
                && against is null ? "" : $"{Quantity.FormatBytes((long)Math.Min(Wire, long.MaxValue))} on the wire");
            if (parts.Count == 1)
                Part(_hbm != other._hbm, $"{Quantity.FormatBytes(_hbm)} through the memory of a GPU");
            if (parts.Count == 1 && against is not null)
                Part(!OperatorDifferences.PlacedAlike(_first.OutputPlacement, against.OutputPlacement), $"placed {_first.OutputPlacement}");
            return string.Join(", ", parts);
        }
    }
}
