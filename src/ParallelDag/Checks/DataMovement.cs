using ParallelDag.Drawings;
using ParallelDag.Graphs;
using ParallelDag.Meshes;
using ParallelDag.Tensors;

namespace ParallelDag.Checks;

/// <summary>
/// PD022: data moves between GPUs only through communication. It needs GPU sets alone, so it speaks on drawings. Along data, pipeline and
/// kv edges:
/// <list type="number">
/// <item>A producer and a consumer share a GPU, unless one of them is communication that may join other GPUs: a transfer, whose label may
/// name one side alone.</item>
/// <item>Each GPU of a consumer is a GPU of some producer. Where the graph states its operators, of some producer of each step that it
/// reads: every shard has its own.</item>
/// <item>What only collectives take up, they take up from every GPU of its producer.</item>
/// <item>Where the header tells a mesh with an expert axis: tokens that differ between the ranks of an EP group meet other ranks' experts
/// through a collective alone.</item>
/// <item>In a drawing a computation does not take what several GPUs hold parts of: inputs whose sizes add up to what it takes meet in a
/// gather first.</item>
/// </list>
/// What enters at the Input and leaves at the Output is the business of the world outside. A drawing may tell communication in other ways
/// than by a node that holds both ends: by the label of an edge, by a split or a gather over all the GPUs, by a node of its own for every
/// rank of a collective, or by a transfer that names one side alone; nodes of which nothing says what they do prove nothing.
/// </summary>
internal static class DataMovement
{
    public static CheckRule Rule { get; } = new(
        "PD022",
        "Data moves between GPUs only through communication",
        "Looks at the GPUs on both ends of every edge that carries data: what one GPU computes reaches another only through a "
            + "communication node that holds both. Skipped where no edge has GPUs on both ends.",
        Check);

    private static CheckResult Check(Inspection inspection)
    {
        Dag dag = inspection.Dag;
        var pass = new Pass(inspection);
        foreach (int node in inspection.Nodes)
        {
            inspection.Step(node);
            pass.CheckEdges(node);
            pass.CheckCover(node);
            pass.CheckTakenUp(node);
            pass.CheckJoined(node);
        }

        if (dag.Detail != DetailLevel.Overview)
            pass.CheckExperts();
        if (pass.Edges == 0 && !inspection.HasFaults)
            return inspection.Skip("edge with GPUs on both of its ends");
        return inspection.Conclude(
            $"{Inspection.Count(pass.Edges, "edge")} with GPUs on both ends; {LayerBlocks.Number(pass.Local)} on the same GPUs, "
                + $"{LayerBlocks.Number(pass.Edges - pass.Local)} into or out of communication");
    }

    /// <summary>True for edges along which a tensor passes.</summary>
    private static bool Carries(int link) => Topology.Kind(link) is not (EdgeKind.Gate or EdgeKind.Order);

    /// <summary>One run of the rule.</summary>
    private sealed class Pass
    {
        private readonly Inspection _inspection;
        private readonly Dag _dag;
        private readonly GpuOverlaps _gpus;
        private readonly Mover[] _movers;
        private readonly bool _isDrawing;
        private readonly HashSet<int> _labelled = [];
        private readonly HashSet<int> _labelledFrom = [];
        private readonly HashSet<int> _labelledTo = [];
        private readonly List<(int Step, int Shared)> _shared = [];

        public Pass(Inspection inspection)
        {
            _inspection = inspection;
            _dag = inspection.Dag;
            _gpus = inspection.Survey.Gpus;
            ReadOnlySpan<NodeFacts> table = _dag.FactsTable;
            _movers = new Mover[table.Length];
            for (int i = 0; i < _movers.Length; i++)
                _movers[i] = MoverOf(table[i]);
            _isDrawing = inspection.IsDrawing;
            foreach (DagEdge edge in _isDrawing ? _dag.Edges : [])
            {
                bool told = edge.Kind is EdgeKind.Pipeline or EdgeKind.Kv
                    || (edge.Label is string label && KindText.Read(label)?.Kind == NodeKind.Communication);
                if (!told)
                    continue;
                _labelled.Add(edge.Index);
                _labelledFrom.Add(edge.GetSource().Index);
                _labelledTo.Add(edge.GetTarget().Index);
            }
        }

        /// <summary>What a node does to where data lies.</summary>
        private enum Mover : byte
        {
            /// <summary>Computes where its data lies.</summary>
            None,

            /// <summary>An end of the graph.</summary>
            End,

            /// <summary>Joins the GPUs that it names.</summary>
            Collective,

            /// <summary>A point-to-point transfer.</summary>
            Transfer,
        }

        /// <summary>Edges with GPUs on both ends.</summary>
        public long Edges { get; private set; }

        /// <summary>Those among them without communication on either end.</summary>
        public long Local { get; private set; }

        /// <summary>Item 1.</summary>
        public void CheckEdges(int node)
        {
            Mover producer = MoverAt(node);
            int weight = _inspection.Weight(node);
            int first = _dag.Topology.FirstEdge(node);
            ReadOnlySpan<int> links = _dag.Topology.Out(node);
            for (int i = 0; i < links.Length; i++)
            {
                int target = Topology.Node(links[i]);
                if (!Carries(links[i]))
                    continue;
                int shared = _gpus.Shared(node, target);
                if (shared < 0)
                    continue;
                Edges += weight;
                if (_labelled.Contains(first + i))
                    continue;
                Mover consumer = MoverAt(target);
                Local += producer == Mover.None && consumer == Mover.None ? weight : 0;
                if (shared > 0 || producer is Mover.Transfer or Mover.End || consumer is Mover.Transfer or Mover.End)
                    continue;
                bool collective = (producer == Mover.Collective && _dag.FactsOf(node).Kind == NodeKind.Communication)
                    || (consumer == Mover.Collective && _dag.FactsOf(target).Kind == NodeKind.Communication);
                if (_isDrawing && collective && IsRankOfCollective(node, target))
                    continue;
                _inspection.EdgeFault(
                    node,
                    first + i,
                    collective ? "whose communication does not hold the GPUs of its other end"
                        : "that [takes|take] data to other GPUs without communication",
                    $"GPUs {Text(node)} to {Text(target)}: {(collective ? "name them on it" : Remedy.Between(_dag, node, target))}");
                _inspection.MarkNode(node);
                _inspection.MarkNode(target);
            }
        }

        /// <summary>Item 2.</summary>
        public void CheckCover(int node)
        {
            if (MoverAt(node) is Mover.End or Mover.Transfer || _labelledTo.Contains(node)
                || _dag.GpusOf(node) is not GpuSet { IsEmpty: false } gpus)
            {
                return;
            }

            bool stated = _inspection.Survey.IsStated;
            if (!stated && MoverAt(node) == Mover.Collective)
                return;
            _shared.Clear();
            foreach (int link in _dag.Topology.In(node))
            {
                int source = Topology.Node(link);
                if (!Carries(link) || (stated && Topology.Kind(link) == EdgeKind.Kv))
                    continue;

                // Nothing is known of what a producer without GPUs holds; a transfer may name its sender alone.
                Mover mover = MoverAt(source);
                int shared = _gpus.Shared(source, node);
                if (mover == Mover.End || (mover == Mover.Transfer && !stated) || shared < 0)
                    return;
                int step = stated ? StepOf(source) : 0, at = _shared.Count - 1;
                while (at >= 0 && _shared[at].Step != step)
                    at--;
                if (at < 0)
                    _shared.Add((step, shared));
                else
                    _shared[at] = (step, _shared[at].Shared + shared);
            }

            foreach ((int step, int shared) in _shared)
            {
                if (shared >= gpus.Count && !stated)
                    continue;
                GpuSet missing = shared == gpus.Count ? GpuSet.Empty : gpus.Except(Producers(node, stated ? step : -1));
                if (missing.IsEmpty)
                    continue;
                string shard = stated && step >= 0
                    ? ", or add the shard of " + Inspection.OneLine(_inspection.Survey.Steps.Kinds[step].Name) : "";
                _inspection.NodeFault(
                    node,
                    "that [takes|take] data which no producer has on [its|their] GPUs",
                    $"GPUs {Inspection.OneLine(missing.ToString())}: bring it there through communication{shard}");
            }
        }

        /// <summary>Item 3.</summary>
        public void CheckTakenUp(int node)
        {
            if (MoverAt(node) is Mover.End or Mover.Transfer || _labelledFrom.Contains(node) || (_isDrawing && MoverAt(node) != Mover.None)
                || _dag.GpusOf(node) is not GpuSet { IsEmpty: false } gpus)
            {
                return;
            }

            int shared = 0;
            ReadOnlySpan<int> links = _dag.Topology.Out(node);
            bool any = false;
            foreach (int link in links)
            {
                if (!Carries(link))
                    continue;
                int target = Topology.Node(link);
                int common = _gpus.Shared(node, target);
                if (MoverAt(target) != Mover.Collective || common < 0 || (_isDrawing && !IsNamed(target)))
                    return;
                any = true;
                shared += common;
            }

            if (!any || shared >= gpus.Count)
                return;
            var taken = new List<GpuSet>();
            foreach (int link in links)
            {
                if (Carries(link))
                    taken.Add(_dag.GpusOf(Topology.Node(link))!);
            }

            GpuSet left = gpus.Except(GpuSet.UnionAll(taken));
            if (!left.IsEmpty)
                _inspection.NodeFault(
                    node, "whose data some GPUs never hand to the collective",
                    $"GPUs {Inspection.OneLine(left.ToString())}: name them on it");
        }

        /// <summary>Item 5.</summary>
        public void CheckJoined(int node)
        {
            if (!_isDrawing || MoverAt(node) != Mover.None || _labelledTo.Contains(node) || _dag.GpusOf(node) is not GpuSet gpus
                || _dag.FactsOf(node).Input is not { IsParsed: true, Tensors: [NamedTensor taken] })
            {
                return;
            }

            var parts = new List<(int Node, TensorShape Shape)>();
            GpuSet whole = gpus;
            foreach (int link in _dag.Topology.In(node))
            {
                int source = Topology.Node(link);
                if (!Carries(link))
                    continue;
                if (MoverAt(source) != Mover.None || _dag.GpusOf(source) is not GpuSet own
                    || _dag.FactsOf(source).Output is not { IsParsed: true, Tensors: [NamedTensor yielded] })
                {
                    return;
                }

                parts.Add((source, yielded.Shape));
                whole = whole.Intersect(own);
            }

            if (parts.Count < 2 || whole.ContainsAll(gpus) || JoinedAlong(taken.Shape, parts) is not string dimension)
                return;
            GpuSet all = GpuSet.UnionAll(parts.Select(part => _dag.GpusOf(part.Node)!));
            _inspection.NodeFault(
                node,
                "that [takes|take] whole what several GPUs hold parts of",
                Inspection.Invariant($"{Inspection.OneLine(dimension)}={taken.Shape[dimension]} of {parts.Count} parts: ")
                    + $"add an All-Gather over GPUs {Inspection.OneLine(all.ToString())} before it");
            foreach ((int source, _) in parts)
                _inspection.MarkNode(source);
        }

        /// <summary>The one dimension whose sizes in the parts add up to the size of the whole; null where there is none.</summary>
        private static string? JoinedAlong(TensorShape whole, List<(int Node, TensorShape Shape)> parts)
        {
            string? along = null;
            foreach (Dimension dimension in whole.Dimensions)
            {
                if (whole[dimension.Name] is not long size || parts.Exists(part => part.Shape[dimension.Name] is null))
                    return null;
                if (parts.TrueForAll(part => part.Shape[dimension.Name] == size))
                    continue;
                if (along is not null || parts.Sum(part => (decimal)part.Shape[dimension.Name]!.Value) != size)
                    return null;
                along = dimension.Name;
            }

            return along;
        }

        /// <summary>Item 4: along an edge where tokens in the order of sequences become tokens in the order of experts, or the other way
        /// round, and no exchange stands between.</summary>
        public void CheckExperts()
        {
            PlacedTensors tensors = _inspection.Survey.Tensors;
            foreach (int node in _inspection.Nodes)
            {
                _inspection.Step(node);
                NodeFacts consumer = _dag.FactsOf(node);
                if (consumer.Operator is not { Place: OperatorPlace.FeedForward }
                    || consumer.Role is OperatorRole.Dispatch or OperatorRole.Combine
                    || _inspection.Survey.MeshOf(_dag.ScopeOf(node).Phase) is not { ExpertRanks: > 1 } mesh
                        || _dag.GpusOf(node) is not GpuSet { IsEmpty: false } gpus
                    || tensors.Inputs(_dag.FactsColumn[node]) is not [PlacedTensor taken, ..])
                {
                    continue;
                }

                foreach (int link in _dag.Topology.In(node))
                {
                    if (Topology.Kind(link) != EdgeKind.Data
                        || tensors.Outputs(_dag.FactsColumn[Topology.Node(link)]) is not [PlacedTensor yielded, ..]
                        || ByExpert(yielded) == ByExpert(taken)
                        || (ByExpert(taken) ? yielded : taken).Placement is not TensorPlacement tokens
                            || !mesh.TokensDiffer(gpus.First, tokens))
                    {
                        continue;
                    }

                    _inspection.NodeFault(
                        node,
                        ByExpert(taken) ? "whose experts never get the tokens of other ranks"
                            : "that never [gets|get] back what other ranks' experts made",
                        $"add an All-to-All over GPUs {Inspection.OneLine(mesh.ExpertGroupOf(gpus.First).ToString())} between "
                            + $"{_inspection.NodeText(Topology.Node(link))} and it");
                    _inspection.MarkNode(Topology.Node(link));
                    break;
                }
            }
        }

        /// <summary>True for tokens sorted by expert: [experts, tokens, hidden].</summary>
        private static bool ByExpert(PlacedTensor tensor) => tensor.Shape["tokens"] is not null;

        private static Mover MoverOf(NodeFacts facts)
        {
            if (facts.Kind is NodeKind.Input or NodeKind.Output)
                return Mover.End;
            if (facts.Drawing is { KindSource: not KindSource.Stated } drawing)
                return MoverDrawn(facts, drawing.KindSource);
            bool sends = facts.Role is OperatorRole.Send or OperatorRole.CacheTransfer
                || (facts.Op is null && (facts.Collective == CollectiveKind.SendRecv || CollectiveOrder.IsTransfer(facts.Name)));
            if (facts.Kind == NodeKind.Communication)
                return sends ? Mover.Transfer : Mover.Collective;
            return facts.Collective is CollectiveKind.None or CollectiveKind.SendRecv ? Mover.None : Mover.Collective;
        }

        private static Mover MoverDrawn(NodeFacts facts, KindSource source) => facts.Kind switch
        {
            NodeKind.Communication when facts.Collective is CollectiveKind.None or CollectiveKind.SendRecv => Mover.Transfer,
            NodeKind.Communication => Mover.Collective,
            NodeKind.Routing or NodeKind.Aggregation => KindText.Chooses(facts.Name) ? Mover.None : Mover.Collective,
            _ => source == KindSource.Unknown ? Mover.End : Mover.None,
        };

        /// <summary>A drawn transfer that names GPUs beyond those of one side names both of its sides, and is held to them.</summary>
        private Mover MoverAt(int node)
        {
            Mover mover = _movers[_dag.FactsColumn[node]];
            if (!_isDrawing || mover != Mover.Transfer || _dag.GpusOf(node) is not GpuSet { Count: > 1 } gpus)
                return mover;
            return IsWithin(gpus, _dag.Topology.In(node)) || IsWithin(gpus, _dag.Topology.Out(node)) ? Mover.Transfer : Mover.Collective;
        }

        private bool IsWithin(GpuSet gpus, ReadOnlySpan<int> links)
        {
            var sets = new List<GpuSet>();
            foreach (int link in links)
            {
                if (_dag.GpusOf(Topology.Node(link)) is GpuSet known)
                    sets.Add(known);
            }

            return GpuSet.UnionAll(sets).ContainsAll(gpus);
        }

        /// <summary>True for a collective that a drawing calls by its name: each of its GPUs hands in a part.</summary>
        private bool IsNamed(int node) => _dag.FactsOf(node) is
            { Kind: NodeKind.Communication, Collective: not (CollectiveKind.None or CollectiveKind.SendRecv) };

        /// <summary>
        /// True where a drawing gives each rank of a collective a node of its own, and one of them shares GPUs with the other end of an
        /// edge.
        /// </summary>
        private bool IsRankOfCollective(int source, int target)
        {
            bool Joins(int one, int other, ReadOnlySpan<int> links)
            {
                NodeFacts facts = _dag.FactsOf(one);
                if (MoverAt(one) != Mover.Collective || facts.Collective == CollectiveKind.None)
                    return false;
                foreach (int link in links)
                {
                    if (_dag.FactsOf(Topology.Node(link)).Collective == facts.Collective && _gpus.Shared(Topology.Node(link), other) > 0)
                        return true;
                }

                return false;
            }

            return Joins(source, target, _dag.Topology.In(target)) || Joins(target, source, _dag.Topology.Out(source));
        }

        private int StepOf(int node) => _inspection.Survey.Steps.Of(_dag, node);

        private string Text(int node) => Inspection.OneLine(_dag.GpusOf(node)!.ToString());

        /// <summary>The GPUs of a node's producers, of one step where it is not negative.</summary>
        private GpuSet Producers(int node, int step)
        {
            var sets = new List<GpuSet>();
            foreach (int link in _dag.Topology.In(node))
            {
                if (Carries(link) && (step < 0 || StepOf(Topology.Node(link)) == step) && _dag.GpusOf(Topology.Node(link)) is GpuSet gpus)
                    sets.Add(gpus);
            }

            return GpuSet.UnionAll(sets);
        }
    }
}
