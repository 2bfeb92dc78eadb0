using System.Runtime.InteropServices;
using ParallelDag.Graphs;

namespace ParallelDag.Comparisons;

/// <summary>
/// The nodes of two graphs that stand for the same: phase, layer, micro-batch, operator and coordinates (<see cref="MeshPlaces"/>); where
/// several agree in all of these, the first with the first. A node of which no operator is known is known by its id. O(V) time and memory.
/// </summary>
internal sealed class NodeMatch
{
    private readonly int[] _other;
    private readonly int[] _reference;

    private NodeMatch(Dag reference, Dag difference, int[] referenceOf, int[] other, MeshPlaces before, MeshPlaces after)
    {
        (Reference, Difference, _reference, _other) = (reference, difference, referenceOf, other);
        (Before, After) = (before, after);
    }

    /// <summary>The reference.</summary>
    public Dag Reference { get; }

    /// <summary>The other graph.</summary>
    public Dag Difference { get; }

    /// <summary>Where nodes of the reference stand.</summary>
    public MeshPlaces Before { get; }

    /// <summary>Where nodes of the other stand.</summary>
    public MeshPlaces After { get; }

    /// <summary>Per node of the reference its like in the other, or -1.</summary>
    public ReadOnlySpan<int> OtherOf => _other;

    /// <summary>Per node of the other its like in the reference, or -1.</summary>
    public ReadOnlySpan<int> ReferenceOf => _reference;

    /// <summary>Matches two graphs.</summary>
    public static NodeMatch Of(Dag reference, Dag difference, CancellationToken cancellation = default)
    {
        var places = new Dictionary<string, int>();
        var operators = new Dictionary<string, int>();
        var before = new MeshPlaces(reference, places);
        var after = new MeshPlaces(difference, places);
        var known = new Dictionary<Key, int>(reference.NodeCount);
        var times = new Dictionary<Key, int>();
        var keys = new KeyMaker(reference, before, operators, times);
        for (int node = 0; node < reference.NodeCount; node++)
        {
            Step(node, cancellation);
            known.Add(keys.Of(node), node);
        }

        times.Clear();
        keys = new KeyMaker(difference, after, operators, times);
        int[] referenceOf = new int[difference.NodeCount], other = new int[reference.NodeCount];
        Array.Fill(other, -1);
        for (int node = 0; node < referenceOf.Length; node++)
        {
            Step(node, cancellation);
            referenceOf[node] = known.TryGetValue(keys.Of(node), out int like) ? like : -1;
            if (referenceOf[node] >= 0)
                other[like] = node;
        }

        return new NodeMatch(reference, difference, referenceOf, other, before, after);
    }

    private static void Step(int node, CancellationToken cancellation)
    {
        if ((node & 0xFFF) == 0)
            cancellation.ThrowIfCancellationRequested();
    }

    /// <summary>What a node stands for.</summary>
    /// <param name="Phase">The phase, or -1.</param>
    /// <param name="Layer">The layer; outside the layers the stage, negative, where it tells nodes apart.</param>
    /// <param name="MicroBatch">The micro-batch.</param>
    /// <param name="Operator">The operator's number.</param>
    /// <param name="Place">The place's number.</param>
    /// <param name="Time">How many nodes before it agree in everything else.</param>
    private readonly record struct Key(int Phase, int Layer, int MicroBatch, int Operator, int Place, int Time);

    /// <summary>Makes the keys of one graph, node by node.</summary>
    private sealed class KeyMaker(Dag dag, MeshPlaces places, Dictionary<string, int> operators, Dictionary<Key, int> times)
    {
        private readonly int[] _operatorOfFacts = [.. Enumerable.Repeat(-1, dag.FactsTable.Length)];

        public Key Of(int node)
        {
            NodeFacts facts = dag.FactsOf(node);
            NodeScope scope = dag.ScopeOf(node);
            int phase = PhaseId.Number(scope.Phase), name = Name(node, facts);
            var key = new Key(phase, LayerOf(scope, facts), scope.MicroBatch, name, facts.Op is null
                ? -1 : places.Of(node, scope.Phase, facts), 0);
            ref int time = ref CollectionsMarshal.GetValueRefOrAddDefault(times, key, out _);
            return key with { Time = time++ };
        }

        private int Name(int node, NodeFacts facts)
        {
            if (facts.Op is null)
                return Number("id " + dag.IdOf(node));
            ref int known = ref _operatorOfFacts[dag.FactsColumn[node]];
            if (known < 0)
                known = Number(facts.Op);
            return known;
        }

        private int Number(string text)
        {
            ref int number = ref CollectionsMarshal.GetValueRefOrAddDefault(operators, text, out bool exists);
            if (!exists)
                number = operators.Count - 1;
            return number;
        }

        // A block of an overview is one of its stage; so are messages between stages and what gathers them. Entry and exit are where they
        // are.
        private static int LayerOf(NodeScope scope, NodeFacts facts)
        {
            if (scope.Layer is int layer)
                return layer;
            bool byStage = scope.Layers is not null || facts.Operator?.Place == OperatorPlace.Between;
            return byStage && scope.Stage is int stage ? -stage : 0;
        }
    }
}
