using System.Runtime.InteropServices;
using ParallelDag.Graphs;
using ParallelDag.Wording;

namespace ParallelDag.Checks;

/// <summary>
/// PD014: quantities follow from shapes.
/// <list type="number">
/// <item>S of a collective is what its shapes and the element size make (<see cref="CollectiveSizes"/>), and its bytes on the wire follow
/// from S, the group size and the groups. What is no collective has neither.</item>
/// <item>An edge carries its tensor's bytes (<see cref="EdgeSizes"/>); a gate edge none.</item>
/// </list>
/// The element size is the one that most quantities agree on: a graph tells none. Token ids and choices are 32-bit integers.
/// </summary>
internal static class Quantities
{
    private const int IndexBits = 32;

    public static CheckRule Rule { get; } = new(
        "PD014",
        "Quantities follow from shapes",
        "Looks at S, group size, groups and wire bytes of every collective and at the bytes of every edge: they follow from the "
            + "shapes and one element size. Skipped for a graph without quantities.",
        Check);

    private static CheckResult Check(Inspection inspection)
    {
        Dag dag = inspection.Dag;
        var pass = new Pass(inspection);
        if (!inspection.Survey.IsStated && !pass.HasQuantities)
            return inspection.Skip("bytes on any node or edge");
        pass.CheckNodes();
        if (dag.Detail != DetailLevel.Overview)
            pass.CheckEdges();
        return inspection.Conclude(
            $"{Words.Count(pass.Collectives, "collective")} and {Words.Count(pass.Edges, "edge")} of the bytes that their "
                + $"shapes make, {pass.WidthText}");
    }

    /// <summary>One run of the rule.</summary>
    private sealed class Pass
    {
        private readonly Inspection _inspection;
        private readonly Dag _dag;
        private readonly long _microBatches;
        private readonly int _bits;
        private readonly bool _even;
        private readonly bool _once;
        private readonly int _cacheBits;
        private readonly bool _handsPart;
        private readonly Dictionary<(int Producer, int Consumer, EdgeKind Kind, long Bytes), string?> _verdicts = [];
        private readonly Dictionary<long, string?> _verdictsOfFacts = [];

        public Pass(Inspection inspection)
        {
            _inspection = inspection;
            _dag = inspection.Dag;
            foreach (NodeScope scope in _dag.ScopeTable)
                _microBatches = Math.Max(_microBatches, scope.MicroBatch + 1);
            _handsPart = inspection.Survey.HandsPart || inspection.Survey.HasSets || inspection.Survey.SplitsCache;
            var widths = new Dictionary<int, int>();
            var cacheWidths = new Dictionary<int, int>();
            foreach (NodeFacts facts in _dag.FactsTable)
            {
                HasQuantities |= facts.WireBytes > 0 || facts.Bytes > 0;
                _once |= CollectiveSizes.IsOncePerRank(facts);
                if (facts is { Collective: not CollectiveKind.None, Bytes: > 0 }
                    && CollectiveSizes.ElementsOf(facts, 1) is { IsExact: true } exact
                    && FormatOf(facts) is TensorFormat.Activations or TensorFormat.Cache)
                {
                    Vote(FormatOf(facts) == TensorFormat.Cache ? cacheWidths : widths, exact.Least, facts.Bytes.Value);
                }
            }

            VoteByEdges(widths, cacheWidths);
            _bits = Winner(widths);
            _even = _dag.Detail != DetailLevel.Overview && ChoicesAreAlike();
            _cacheBits = Winner(cacheWidths);
        }

        /// <summary>True when some node or edge tells bytes.</summary>
        public bool HasQuantities { get; private set; }

        /// <summary>Collectives looked at.</summary>
        public long Collectives { get; private set; }

        /// <summary>Edges looked at.</summary>
        public long Edges { get; private set; }

        /// <summary><c>16 bits an element</c>.</summary>
        public string WidthText => _bits == 0 ? "no element size to be seen"
            : Words.Invariant(
            $"{_bits} bits an element{(_cacheBits != _bits && _cacheBits > 0 ? Words.Invariant(
                $", {_cacheBits} in the cache") : "")}");

        /// <summary>Item 1.</summary>
        public void CheckNodes()
        {
            ReadOnlySpan<NodeFacts> table = _dag.FactsTable;
            var faults = new (string Description, string Detail)?[table.Length];
            for (int i = 0; i < faults.Length; i++)
                faults[i] = FaultOf(table[i]);
            foreach (int node in _inspection.Nodes)
            {
                _inspection.Step(node);
                int facts = _dag.FactsColumn[node];
                Collectives += table[facts].Collective != CollectiveKind.None ? _inspection.Weight(node) : 0;
                if (faults[facts] is (string description, string detail))
                    _inspection.NodeFault(node, description, detail);
            }
        }

        /// <summary>Item 2.</summary>
        public void CheckEdges()
        {
            // The consumers of a node are mostly shards of one step, which share their facts.
            long last = -1;
            string? fault = null;
            foreach (int node in _inspection.Nodes)
            {
                _inspection.Step(node);
                int first = _dag.Topology.FirstEdge(node), own = _dag.FactsColumn[node];
                ReadOnlySpan<int> links = _dag.Topology.Out(node);
                Edges += links.Length * (long)_inspection.Weight(node);
                for (int i = 0; i < links.Length; i++)
                {
                    int target = Topology.Node(links[i]);
                    EdgeKind kind = Topology.Kind(links[i]);
                    if (_dag.EdgesTell)
                        fault = Verdict((own, _dag.FactsColumn[target], kind, _dag.EdgeFactsOf(node, first + i).Bytes));
                    else if (KeyOf(own, _dag.FactsColumn[target], kind) is long key && key != last)
                        fault = Verdict(last = key, node, target, kind, first + i);
                    if (fault is not null)
                        _inspection.EdgeFault(node, first + i, "that [carries|carry] other bytes than [its|their] tensor has", fault);
                }
            }
        }

        private static long KeyOf(int producer, int consumer, EdgeKind kind) => ((long)producer << 34) | ((long)consumer << 4) | (long)kind;

        private string? Verdict((int Producer, int Consumer, EdgeKind Kind, long Bytes) edge)
        {
            ref string? fault = ref CollectionsMarshal.GetValueRefOrAddDefault(_verdicts, edge, out bool known);
            return known ? fault : fault = FaultOf(_dag.FactsTable[edge.Producer], _dag.FactsTable[edge.Consumer], edge.Kind, edge.Bytes);
        }

        /// <summary>Of an edge whose bytes follow from the facts of its ends, <paramref name="key"/>.</summary>
        private string? Verdict(long key, int node, int target, EdgeKind kind, int edge)
        {
            ref string? fault = ref CollectionsMarshal.GetValueRefOrAddDefault(_verdictsOfFacts, key, out bool known);
            return known ? fault : fault = FaultOf(_dag.FactsOf(node), _dag.FactsOf(target), kind, _dag.EdgeFactsOf(node, edge).Bytes);
        }

        /// <summary>True when the selections of each phase choose for equally many tokens everywhere, so that EP groups have equal
        /// members.</summary>
        private bool ChoicesAreAlike()
        {
            var choices = new Dictionary<PhaseId, TensorList>();
            foreach (int node in _inspection.Nodes)
            {
                NodeFacts facts = _dag.FactsOf(node);
                if (facts.Role != OperatorRole.Selection || _dag.ScopeOf(node).Phase is not PhaseId phase)
                    continue;
                if (!choices.TryAdd(phase, facts.Output)
                    && !ReferenceEquals(choices[phase], facts.Output) && !choices[phase].Equals(facts.Output))
                    return false;
            }

            return true;
        }

        private static void Vote(Dictionary<int, int> widths, Int128 elements, long bytes)
        {
            Int128 bits = (Int128)bytes * 8;
            if (elements > 0 && bits % elements == 0 && bits / elements is var width && width >= 1 && width <= 64)
                widths[(int)width] = widths.GetValueOrDefault((int)width) + 1;
        }

        private static int Winner(Dictionary<int, int> widths) => widths.OrderByDescending(item => item.Value).ThenBy(item => item.Key)
            .FirstOrDefault().Key;

        /// <summary>The first edges of each pair of facts say which element size the graph has.</summary>
        private void VoteByEdges(Dictionary<int, int> widths, Dictionary<int, int> cacheWidths)
        {
            var seen = new HashSet<(int, int)>();
            const int Enough = 4096;
            foreach (int node in _inspection.Nodes)
            {
                if (seen.Count >= Enough)
                    break;
                int first = _dag.Topology.FirstEdge(node);
                ReadOnlySpan<int> links = _dag.Topology.Out(node);
                for (int i = 0; i < links.Length; i++)
                {
                    int target = Topology.Node(links[i]);
                    if (!seen.Add((_dag.FactsColumn[node], _dag.FactsColumn[target])))
                        continue;
                    long bytes = _dag.EdgeFactsOf(node, first + i).Bytes;
                    HasQuantities |= bytes > 0;
                    NodeFacts from = _dag.FactsOf(node), to = _dag.FactsOf(target);
                    if (Topology.Kind(links[i]) == EdgeKind.Kv
                        && to.Role == OperatorRole.Core && EdgeSizes.FormatOf(from.Output) == TensorFormat.Cache
                        && _microBatches == 1 && !_handsPart
                        && EdgeSizes.Cached(to.Input, Handed(from)) is Int128 cached)
                        Vote(cacheWidths, cached, bytes);
                    else if (Topology.Kind(links[i]) is EdgeKind.Data
                        or EdgeKind.Pipeline && EdgeSizes.FormatOfOutput(from) == TensorFormat.Activations)
                        Vote(widths, EdgeSizes.Of(from, to).FirstOrDefault() is { IsExact: true } exact ? exact.Least : 0, bytes);
                }
            }
        }

        private static TensorFormat FormatOf(NodeFacts facts) =>
            facts.Role is OperatorRole.Dispatch or OperatorRole.Combine or OperatorRole.RoutedCollective ? TensorFormat.Routed
            : EdgeSizes.FormatOf(facts.Role == OperatorRole.CacheTransfer ? facts.Output : facts.Input);

        /// <summary>Elements in bytes, as far as the formats are known.</summary>
        private SizeRange InBytes(SizeRange elements, TensorFormat format)
        {
            const int Fewest = 4, Most = 64;
            int cacheFewest = _cacheBits == 0 ? Fewest : _cacheBits, cacheMost = _cacheBits == 0 ? Most : _cacheBits;
            return format switch
            {
                TensorFormat.Indices => elements.InBytes(IndexBits),
                TensorFormat.Activations => elements.InBytes(_bits),
                TensorFormat.Routed => elements.InBytes(Math.Min(Fewest, _bits), _bits),
                TensorFormat.Cache => elements.InBytes(cacheFewest, cacheMost),
                TensorFormat.ActivationsAndCache => elements.InBytes(Math.Min(_bits, cacheFewest), Math.Max(_bits, cacheMost)),
                _ => elements.InBytes(Fewest, Most),
            };
        }

        private (string Description, string Detail)? FaultOf(NodeFacts facts)
        {
            if (facts.Collective == CollectiveKind.None)
            {
                return facts.Bytes is > 0 || facts.WireBytes > 0
                    ? ("that [sends|send] though [it is|they are] no collective",
                        Words.Invariant($"S {facts.Bytes}, wire {facts.WireBytes}"))
                    : null;
            }

            if (facts.Bytes is not long size)
                return _dag.Detail == DetailLevel.Overview || !_inspection.Survey.IsStated ? null
                    : ("of a collective that [does|do] not tell S", "null");
            if (_dag.Detail != DetailLevel.Overview && CollectiveSizes.ElementsOf(facts, _microBatches) is SizeRange elements
                && InBytes(elements, FormatOf(facts)) is SizeRange due && !due.Holds(size))
            {
                return ("of a collective whose S does not follow from its shapes", $"S {LayerBlocks.Number(size)}, due {due}");
            }

            if (facts.Groups is not long groups || (_dag.Detail == DetailLevel.Overview && facts.Role == OperatorRole.CacheTransfer))
                return null; // Several sizes in one block: there is nothing to compare the sum with.
            SizeRange wire = CollectiveSizes.WireOf(facts, size, groups, _even, _once);
            return wire.Holds(facts.WireBytes) ? null
                : ("of a collective whose wire bytes do not follow from S and its groups",
                    $"wire {LayerBlocks.Number(facts.WireBytes)}, due {wire}");
        }

        private string? FaultOf(NodeFacts producer, NodeFacts consumer, EdgeKind kind, long bytes)
        {
            if (kind is EdgeKind.Gate or EdgeKind.Order)
                return bytes == 0 ? null : Words.Invariant($"{bytes} on an edge of kind {kind.ToName()}");
            if (kind == EdgeKind.Token)
                return EdgeSizes.TokenFault(producer, bytes);
            if (kind == EdgeKind.Kv)
                return KvFault(producer, consumer, bytes);
            TensorFormat format = EdgeSizes.FormatBetween(producer, consumer);
            SizeRange? nearest = null;
            foreach (SizeRange elements in EdgeSizes.Of(producer, consumer))
            {
                SizeRange due = InBytes(elements, format);
                nearest ??= due;
                if (due.Holds(bytes) || (consumer.Role == OperatorRole.Output && bytes == 0))
                    return null;
            }

            return nearest is null ? null : $"{LayerBlocks.Number(bytes)}, due {nearest}";
        }

        /// <summary>Into decode: the prompt's part of what its attention reads, over all micro-batches. Into a transfer: at most what the
        /// maker holds.</summary>
        private string? KvFault(NodeFacts producer, NodeFacts consumer, long bytes)
        {
            bool reads = consumer.Role == OperatorRole.Core;
            if (!EdgeSizes.SameCache(producer.Output, consumer.Input))
                return bytes > 0 ? null : "0, though a cache passes"; // Caches of several formats: nothing tells how much of each.
            if (EdgeSizes.Cached(reads ? consumer.Input : producer.Output, reads ? Handed(producer) : null) is not Int128 elements
                || elements == 0)
                return null;
            Int128 batch = reads ? Math.Max(1, consumer.Input.Tensors[^1].Shape["batch_size"] ?? 1) : 1;

            // A reader's micro-batch may be one sequence shorter than another.
            Int128 most = reads && _microBatches > 1 ? elements / batch * (batch + 1) * _microBatches : elements;
            SizeRange due = new SizeRange(
                reads && _microBatches == 1 && !_handsPart && producer.Role == OperatorRole.CacheTransfer ? most : 1, most);
            due = InBytes(due, TensorFormat.Cache);
            return due.Holds(bytes) ? null : $"{LayerBlocks.Number(bytes)}, due {due}";
        }

        /// <summary>The positions that a maker or a transfer hands over; of a maker that splits the prompt all that is known is that its
        /// readers get at least its own.</summary>
        private static long? Handed(NodeFacts producer) => producer.Role == OperatorRole.CacheTransfer
            ? ResidualsAndCaches.CacheLength(producer.Output) : null;
    }
}
