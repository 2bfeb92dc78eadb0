using ParallelDag.Graphs;
using ParallelDag.Tensors;
using ParallelDag.Wording;

namespace ParallelDag.Checks;

/// <summary>
/// PD005: dimensions are conserved along every data edge; placements change only by a legal operation. What is compared:
/// <list type="number">
/// <item>Along every data and pipeline edge some tensor that the producer yields is one that the consumer takes (<see cref="TensorMatch"/>
/// says what that means).</item>
/// <item>Every tensor that a node takes comes from one of its producers; where only parts or uneven shards of it come, they make it up.
/// What lies outside the graph agrees within a phase: all decode attention sees one cache length, and the batch of the Input leaves at the
/// Output.</item>
/// <item>Every collective changes dimensions and placements as its kind and its group size say (<see cref="CollectiveDimensions"/>).</item>
/// <item>In a graph that states its plan, what a node tells of its own tensors is complete and agrees, each tensor is taken by somebody,
/// no sum is owed at the end, and the micro-batches make up the batch of the Input (<see cref="StatedTensors"/>).</item>
/// <item>Along an edge of kind kv the elements of a head (or of the latent) stay the same; the rest follows from the two phases
/// (<see cref="CachedHeads"/>). Gate edges carry a choice, no tensor.</item>
/// </list>
/// A drawing without placements cannot be proven; there the rule fails on a contradiction (equal names, other sizes, and neither a split
/// nor a gather between them) and is skipped otherwise.
/// </summary>
internal static class DimensionsConserved
{
    public static CheckRule Rule { get; } = new(
        "PD005",
        "Dimensions are conserved",
        "Looks at the tensors and placements on both ends of every data edge and on both sides of every collective: what is produced is "
            + "what is taken, and placements change only by the collective that the change needs. Skipped for a drawing without "
            + "placements, unless its dimensions contradict each other.",
        Check);

    private static CheckResult Check(Inspection inspection)
    {
        Dag dag = inspection.Dag;
        foreach (NodeFacts facts in dag.FactsTable)
        {
            if (facts.InputPlacement is not null || facts.OutputPlacement is not null)
                return new Pass(inspection).Run();
        }

        return DrawnDimensions.Check(inspection);
    }

    /// <summary>One run over a graph that tells placements.</summary>
    private sealed class Pass
    {
        // A node has a handful of tensors; bits tell which of a consumer's are explained.
        private const int MostTensors = 32;

        // Beyond so many pairs of facts (a file where each node has facts of its own) remembering verdicts costs more than it saves.
        private const int MostRemembered = 1 << 20;

        private readonly Inspection _inspection;
        private readonly Dag _dag;
        private readonly TensorMatch _match;
        private readonly PlacedTensors _tensors;
        private readonly Dictionary<long, Link> _links = [];
        private readonly Dictionary<PhaseId, DagPhase> _phases = [];
        private readonly HashSet<int> _explained = [];
        private bool[]? _blamed;
        private readonly Dictionary<(PhaseId, int? Layer, string), long> _whole = [];

        public Pass(Inspection inspection)
        {
            _inspection = inspection;
            _dag = inspection.Dag;
            _match = new TensorMatch(_dag.Detail);
            _tensors = inspection.Survey.Tensors;
            foreach (DagPhase phase in _dag.Phases)
                _phases[phase.Phase] = phase;
        }

        public CheckResult Run()
        {
            Topology graph = _dag.Topology;
            ReadOnlySpan<int> factsOf = _dag.FactsColumn;
            string?[] inside = CollectiveFaults(out bool[] collective);
            long edges = 0, collectives = 0;
            CheckWholes();
            bool stated = _inspection.Survey.IsStated && _dag.Detail != DetailLevel.Overview;
            foreach (int node in _inspection.Nodes)
            {
                _inspection.Step(node);
                int own = factsOf[node], weight = _inspection.Weight(node);
                if (collective[own])
                    collectives += weight;
                if (inside[own] is string fault)
                    _inspection.NodeFault(node, fault, Inspection.OneLine($"{_dag.FactsOf(node).Input} -> {_dag.FactsOf(node).Output}"));

                CheckRouted(node, own);
                PlacedTensor[] inputs = Inputs(own);
                uint wanted = inputs.Length >= MostTensors ? uint.MaxValue : (1u << inputs.Length) - 1, same = 0;
                int flows = 0, caches = 0, last = -1;
                bool partly = false;
                Link found = default;
                foreach (int link in graph.In(node))
                {
                    caches += Topology.Kind(link) == EdgeKind.Kv ? 1 : 0;
                    if (Topology.Kind(link) is not (EdgeKind.Data or EdgeKind.Pipeline))
                        continue;
                    flows++;
                    int producer = factsOf[Topology.Node(link)];
                    if (producer != last) // Producers are mostly shards of one step, which share their facts.
                        found = Between(last = producer, own, node);
                    same |= found.Same;
                    partly |= found.Same == 0;
                }

                edges += flows * weight;
                if (flows > 0 && inputs.Length > 0 && (partly || same != wanted))
                    Explain(node, inputs, same);
                else if (flows + caches == 0 && inputs.Length > 0 && stated && _dag.FactsTable[own].Role != OperatorRole.Input)
                    _inspection.NodeFault(node, "that [takes|take] a tensor which no producer yields",
                        Inspection.OneLine(inputs[0].ToString()));
            }

            BlameEdges();
            edges += CachedHeads.Check(_inspection);
            if (_inspection.Survey.IsStated)
                new StatedTensors(_inspection).Check();
            return _inspection.Conclude(
                $"{Words.Count(edges, "data edge")} carry what their consumers take; {Words.Count(collectives, "collective")} "
                    + $"change dimensions and placements as their kinds and group sizes say");
        }

        /// <summary>
        /// What no producer can vouch for must at least agree within a phase: the sequences that enter at the Input leave at the Output,
        /// and every decode attention sees a cache of the same length.
        /// </summary>
        private void CheckWholes()
        {
            bool decodes = false;
            foreach (NodeScope scope in _dag.ScopeTable)
                decodes |= scope.Phase?.Kind == PhaseKind.Decode;
            foreach (int node in _inspection.Survey.Facts.Where(facts =>
                facts.Role is OperatorRole.Input or OperatorRole.Output || (decodes && facts.Role == OperatorRole.Core)))
            {
                CheckWhole(node, _dag.FactsColumn[node]);
            }
        }

        private void CheckWhole(int node, int facts)
        {
            OperatorRole role = _dag.FactsTable[facts].Role;
            if (_dag.ScopeOf(node).Phase is not PhaseId phase || (role == OperatorRole.Core && phase.Kind == PhaseKind.Prefill))
                return;
            (string what, string dimension) = role == OperatorRole.Core ? ("cache", "seq_len") : ("batch", "batch_size");
            long? size = null;
            foreach (PlacedTensor tensor in role == OperatorRole.Input ? Outputs(facts) : Inputs(facts))
                size = role != OperatorRole.Core || tensor.Name is "K" or "KV" ? tensor.Shape[dimension] : size;
            if (size is not long own)
                return;
            int? layer = role == OperatorRole.Core ? _dag.ScopeOf(node).Layer : null; // Windows differ from layer to layer.
            if (!_whole.TryGetValue((phase, layer, what), out long known))
                _whole.Add((phase, layer, what), own);
            else if (known != own
                && !(role == OperatorRole.Core && Math.Abs(known - own) == 1 && _inspection.Survey.MeshOf(phase)?.SplitsCache == true))
                _inspection.NodeFault(node, $"that [disagrees|disagree] with the rest of {phase.ToName()} on the {what}",
                    Words.Invariant($"{dimension} {own}, elsewhere {known}"));
        }

        /// <summary>A dispatch hands out what its experts take: the most tokens of any of them.</summary>
        private void CheckRouted(int node, int facts)
        {
            if (_dag.FactsTable[facts].Role != OperatorRole.Dispatch || _dag.Detail == DetailLevel.Overview)
                return;
            long taken = -1;
            foreach (int link in _dag.Topology.Out(node))
            {
                int consumer = _dag.FactsColumn[Topology.Node(link)];
                if (Topology.Kind(link) == EdgeKind.Data && _dag.FactsTable[consumer].Role == OperatorRole.Experts
                    && Inputs(consumer) is [PlacedTensor tensor])
                    taken = Math.Max(taken, tensor.Shape["tokens"] ?? -1);
            }

            if (taken >= 0 && Outputs(facts) is [PlacedTensor yielded] && yielded.Shape["tokens"] is long tokens && tokens != taken)
                _inspection.NodeFault(node, "whose tokens are not those that an expert takes",
                    Words.Invariant($"tokens {tokens}, taken {taken}"));
        }

        private PlacedTensor[] Inputs(int facts) => _tensors.Inputs(facts);

        private PlacedTensor[] Outputs(int facts) => _tensors.Outputs(facts);

        private IReadOnlyDictionary<string, int>? AxesOf(int node) =>
            _dag.ScopeOf(node).Phase is PhaseId phase && _phases.TryGetValue(phase, out DagPhase? known) ? known.Axes : null;

        private string?[] CollectiveFaults(out bool[] collective)
        {
            ReadOnlySpan<NodeFacts> table = _dag.FactsTable;
            string?[] faults = new string?[table.Length];
            collective = new bool[table.Length];
            bool folded = _dag.Phases.Any(phase => phase.Axes.ContainsKey("etp"));
            for (int i = 0; i < table.Length; i++)
            {
                _inspection.Step(i);
                collective[i] = table[i].Collective != CollectiveKind.None;
                if (collective[i] && table[i].Input.IsParsed && table[i].Output.IsParsed)
                    faults[i] = CollectiveDimensions.FaultOf(table[i], Inputs(i), Outputs(i), folded);
            }

            return faults;
        }

        /// <summary>What an edge between nodes of the given facts carries.</summary>
        private Link Between(int producer, int consumer, int node)
        {
            long key = ((long)producer << 32) | (uint)consumer;
            if (_links.TryGetValue(key, out Link known))
                return known;
            PlacedTensor[] outputs = Outputs(producer), inputs = Inputs(consumer);
            NodeFacts from = _dag.FactsTable[producer], to = _dag.FactsTable[consumer];
            IReadOnlyDictionary<string, int>? axes = AxesOf(node);
            uint same = 0, part = 0, uneven = 0;
            string? reason = null;
            for (int i = 0; i < Math.Min(inputs.Length, MostTensors); i++)
            {
                foreach (PlacedTensor output in outputs.AsSpan(0, Math.Min(outputs.Length, MostTensors)))
                {
                    Fit fit = _match.Between(from, output, to, inputs[i], axes, out string? fault);
                    reason ??= fault;
                    same |= fit == Fit.Same ? 1u << i : 0;
                    uneven |= fit == Fit.Uneven ? 1u << i : 0;
                    part |= fit == Fit.Part ? 1u << i : 0;
                }
            }

            var link = new Link(same, uneven, part, reason);
            if (_links.Count < MostRemembered)
                _links.Add(key, link);
            return link;
        }

        /// <summary>Looks closer at a node that does not take every tensor just as one producer yields it.</summary>
        private void Explain(int node, PlacedTensor[] inputs, uint same)
        {
            Topology graph = _dag.Topology;
            int own = _dag.FactsColumn[node];
            uint uneven = 0, part = 0;
            bool blamed = false; // An edge is at fault; or nothing is known, as a producer without dimensions is the business of PD004.
            foreach (int link in graph.In(node))
            {
                if (Topology.Kind(link) is not (EdgeKind.Data or EdgeKind.Pipeline))
                    continue;
                int source = Topology.Node(link);
                Link found = Between(_dag.FactsColumn[source], own, node);
                uneven |= found.Uneven;
                part |= found.Part;
                if ((found.Same | found.Uneven | found.Part) != 0)
                    continue;
                blamed = true;
                if (Outputs(_dag.FactsColumn[source]).Length > 0)
                    (_blamed ??= new bool[_dag.NodeCount])[node] = true;
            }

            for (int i = 0; i < Math.Min(inputs.Length, MostTensors) && !blamed; i++)
            {
                uint bit = 1u << i;
                if ((same & bit) != 0 || inputs[i].Shape["state"] is not null)
                    continue; // A state is cached, not produced.
                if ((uneven & bit) != 0 && (part & bit) == 0)
                {
                    if (!LargestMeets(node, inputs[i]))
                        _inspection.NodeFault(node, "that [takes|take] a shard of a size which its uneven parts do not explain",
                            Inspection.OneLine(inputs[i].ToString()));
                }
                else if ((part & bit) == 0)
                {
                    _inspection.NodeFault(node, "that [takes|take] a tensor which no producer yields",
                        Inspection.OneLine(inputs[i].ToString()));
                }
                else if (PartsFault(node, inputs[i]) is string fault)
                {
                    _inspection.NodeFault(node, fault, Inspection.OneLine(inputs[i].ToString()));
                }
            }
        }

        /// <summary>Names the edges into blamed nodes that carry nothing which their consumer takes.</summary>
        private void BlameEdges()
        {
            Topology graph = _dag.Topology;
            for (int node = 0; node < _dag.NodeCount && _blamed is not null; node++)
            {
                _inspection.Step(node);
                int first = graph.FirstEdge(node), own = _dag.FactsColumn[node];
                ReadOnlySpan<int> links = graph.Out(node);
                for (int i = 0; i < links.Length; i++)
                {
                    int target = Topology.Node(links[i]);
                    if (!_blamed[target] || Topology.Kind(links[i]) is not (EdgeKind.Data or EdgeKind.Pipeline) || Outputs(own).Length == 0)
                        continue;
                    Link found = Between(own, _dag.FactsColumn[target], target);
                    if ((found.Same | found.Uneven | found.Part) != 0)
                        continue;
                    _inspection.EdgeFault(
                        node,
                        first + i,
                        found.Reason is null
                            ? "whose consumer takes other dimensions"
                            : "whose placement changes without an operation that may",
                        found.Reason ?? Inspection.OneLine($"{_dag.FactsOf(node).Output} for {_dag.FactsOf(target).Input}"));
                    _inspection.MarkNode(node);
                    _inspection.MarkNode(target);
                }
            }
        }

        /// <summary>
        /// Where members of a collective differ it prints the largest. So what a collective takes is the largest that arrives from plain
        /// nodes; and what is taken from a collective is not larger than what it yields, which some consumer takes in full.
        /// </summary>
        private bool LargestMeets(int node, PlacedTensor input)
        {
            bool fromCollective = false;
            foreach (int source in Sources(node))
                fromCollective |= TensorMatch.PrintsLargest(_dag.FactsOf(source));
            bool exact = !fromCollective && TensorMatch.PrintsLargest(_dag.FactsOf(node));
            foreach (Dimension dimension in input.Shape.Dimensions)
            {
                long largest = -1;
                foreach (PlacedTensor output in Arriving(node, input))
                    largest = Math.Max(largest, output.Shape[dimension.Name] ?? -1);
                if (dimension.Size is long size && largest >= 0 && (exact ? size != largest : size > largest))
                    return false;
            }

            foreach (int source in Sources(node))
            {
                _inspection.ReachesFar = true;
                if (TensorMatch.PrintsLargest(_dag.FactsOf(source)) && _explained.Add(source) && !IsTakenInFull(source))
                    return false;
            }

            return true;
        }

        /// <summary>True when each size that a collective yields is taken by some consumer.</summary>
        private bool IsTakenInFull(int producer)
        {
            foreach (PlacedTensor output in Outputs(_dag.FactsColumn[producer]))
            {
                foreach (Dimension dimension in output.Shape.Dimensions)
                {
                    if (dimension.Size is not long size)
                        continue;
                    bool taken = false, seen = false;
                    foreach (int link in _dag.Topology.Out(producer))
                    {
                        // A collective that joins it with a larger one prints that.
                        bool largest = TensorMatch.PrintsLargest(_dag.FactsOf(Topology.Node(link)));
                        foreach (PlacedTensor input in Inputs(_dag.FactsColumn[Topology.Node(link)]))
                        {
                            seen |= input.Shape[dimension.Name] is not null;
                            taken |= input.Shape[dimension.Name] == size || (largest && input.Shape[dimension.Name] > size);
                        }
                    }

                    if (seen && !taken)
                        return false;
                }
            }

            return true;
        }

        /// <summary>What is wrong with the parts that make up an input, or null.</summary>
        private string? PartsFault(int node, PlacedTensor input)
        {
            if (_dag.Detail == DetailLevel.Overview)
                return null;
            OperatorRole role = _dag.FactsOf(node).Role;
            if (role == OperatorRole.Dispatch)
            {
                foreach (Dimension dimension in input.Shape.Dimensions)
                {
                    if (!Arriving(node, null).Any(output => output.Shape[dimension.Name] is not null))
                        return $"that [takes|take] a dimension which no producer yields ({Inspection.OneLine(dimension.Name)})";
                }

                return null;
            }

            // Around the ring the positions of all pieces add up; in decode the cache holds what the step does not make.
            if (role != OperatorRole.Core || _dag.ScopeOf(node).Phase is not { Kind: PhaseKind.Prefill } phase
                || input.Shape["seq_len"] is not long positions)
                return null;
            Int128 sum = 0;
            int pieces = 0;
            foreach (PlacedTensor output in Arriving(node, input))
            {
                sum += output.Shape["seq_len"] ?? 0;
                pieces++;
            }

            // A chunk also reads what came before it.
            bool earlier = positions > sum && positions <= sum + _inspection.Survey.Chunks.StartOf(phase, _dag.ScopeOf(node).MicroBatch);
            return earlier || (positions <= sum && positions > sum - pieces)
                ? null
                : Words.Invariant($"that [takes|take] more or fewer positions than arrive ({sum} in {pieces} parts)");
        }

        /// <summary>The output tensors that may be (parts of) an input; of all producers where no input is given.</summary>
        private IEnumerable<PlacedTensor> Arriving(int node, PlacedTensor? input)
        {
            foreach (int source in Sources(node))
            {
                foreach (PlacedTensor output in Outputs(_dag.FactsColumn[source]))
                {
                    if (input is null || ((output.Name is null || input.Name is null || output.Name == input.Name)
                        && output.Shape.Dimensions.Count == input.Shape.Dimensions.Count))
                        yield return output;
                }
            }
        }

        private IEnumerable<int> Sources(int node)
        {
            int count = _dag.Topology.InDegree(node);
            for (int i = 0; i < count; i++)
            {
                int link = _dag.Topology.In(node)[i];
                if (Topology.Kind(link) is EdgeKind.Data or EdgeKind.Pipeline)
                    yield return Topology.Node(link);
            }
        }

        /// <summary>What an edge carries: bits of the consumer's inputs by how they fit, and why none does.</summary>
        private readonly record struct Link(uint Same, uint Uneven, uint Part, string? Reason);
    }
}
