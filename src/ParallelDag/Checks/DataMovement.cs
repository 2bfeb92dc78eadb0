using ParallelDag.Drawings;
using ParallelDag.Graphs;
using ParallelDag.Meshes;
using ParallelDag.Tensors;
using ParallelDag.Wording;

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
/// </list>
/// Where a graph does not state its operators, <see cref="DrawnMovement"/> asks more. What enters at the Input and leaves at the Output is
/// the business of the world outside. A drawing may tell communication in other ways than by a node that holds both ends: by the label of
/// an edge, by a split or a gather over all the GPUs, by a node of its own for every rank of a collective, or by a transfer that names one
/// side alone; nodes of which nothing says what they do prove nothing.
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
        }

        if (!inspection.Survey.IsStated)
            pass.CheckDrawn();

        if (dag.Detail != DetailLevel.Overview)
            pass.CheckExperts();
        if (pass.Edges == 0 && !inspection.HasFaults)
            return inspection.Skip("edge with GPUs on both of its ends");
        string rest = pass.Open == 0 ? "" : $", {LayerBlocks.Number(pass.Open)} at inputs, outputs and nodes that do not say what they do";
        return inspection.Conclude(
            $"{Words.Count(pass.Edges, "edge")} with GPUs on both ends; {LayerBlocks.Number(pass.Local)} on the same GPUs, "
                + $"{LayerBlocks.Number(pass.Edges - pass.Local - pass.Open)} into or out of communication{rest}");
    }

    /// <summary>One run of the rule.</summary>
    private sealed class Pass
    {
        private readonly Inspection _inspection;
        private readonly Dag _dag;
        private readonly GpuOverlaps _gpus;
        private readonly Movers _movers;
        private readonly bool _isDrawing;
        private readonly List<(int Step, int Shared, int Producers)> _shared = [];

        public Pass(Inspection inspection)
        {
            _inspection = inspection;
            _dag = inspection.Dag;
            _gpus = inspection.Survey.Gpus;
            _movers = new Movers(inspection);
            _isDrawing = inspection.IsDrawing;
        }

        /// <summary>Edges with GPUs on both ends.</summary>
        public long Edges { get; private set; }

        /// <summary>Those among them without communication on either end.</summary>
        public long Local { get; private set; }

        /// <summary>Those that enter or leave what is neither communication nor known to compute.</summary>
        public long Open { get; private set; }

        /// <summary>Item 1.</summary>
        public void CheckEdges(int node)
        {
            Mover producer = _movers.At(node);
            int weight = _inspection.Weight(node);
            int first = _dag.Topology.FirstEdge(node);
            ReadOnlySpan<int> links = _dag.Topology.Out(node);
            for (int i = 0; i < links.Length; i++)
            {
                int target = Topology.Node(links[i]);
                if (!_movers.Carries(links[i], target))
                    continue;
                int shared = _gpus.Shared(node, target);
                if (shared < 0)
                    continue;
                Edges += weight;
                if (_movers.IsTold(first + i))
                    continue;
                Mover consumer = _movers.At(target);
                Local += producer == Mover.None && consumer == Mover.None ? weight : 0;
                Open += (producer == Mover.End && consumer is Mover.End or Mover.None)
                    || (consumer == Mover.End && producer == Mover.None) ? weight : 0;
                if (shared > 0 || producer is Mover.Transfer or Mover.End || consumer is Mover.Transfer or Mover.End)
                    continue;
                bool collective = (producer == Mover.Collective && _dag.FactsOf(node).Kind == NodeKind.Communication)
                    || (consumer == Mover.Collective && _dag.FactsOf(target).Kind == NodeKind.Communication);
                if (_isDrawing && collective && _movers.IsRankOfCollective(node, target))
                    continue;
                _inspection.EdgeFault(
                    node,
                    first + i,
                    collective ? "whose communication does not hold the GPUs of its other end"
                        : "that [takes|take] data to other GPUs without communication",
                    $"{Words(node)} to {Words(target)}: {(collective ? "name them on it" : Remedy.Between(_dag, node, target))}");
                _inspection.MarkNode(node);
                _inspection.MarkNode(target);
            }
        }

        /// <summary>Item 2.</summary>
        public void CheckCover(int node)
        {
            if (_movers.At(node) is Mover.End or Mover.Transfer || _movers.IsToldTo(node)
                || _dag.GpusOf(node) is not GpuSet { IsEmpty: false } gpus)
            {
                return;
            }

            bool stated = _inspection.Survey.IsStated;
            if (!stated && _movers.At(node) == Mover.Collective)
                return;
            _shared.Clear();
            foreach (int link in _dag.Topology.In(node))
            {
                int source = Topology.Node(link);
                if (!_movers.Carries(link, node) || (stated && Topology.Kind(link) == EdgeKind.Kv))
                    continue;

                // Nothing is known of what a producer without GPUs holds; a transfer may name its sender alone.
                Mover mover = _movers.At(source);
                int shared = _gpus.Shared(source, node);
                if (mover == Mover.End || (mover == Mover.Transfer && !stated) || shared < 0)
                    return;
                int step = stated ? StepOf(source) : 0, at = _shared.Count - 1;
                while (at >= 0 && _shared[at].Step != step)
                    at--;
                if (at < 0)
                    _shared.Add((step, shared, 1));
                else
                    _shared[at] = (step, _shared[at].Shared + shared, _shared[at].Producers + 1);
            }

            foreach ((int step, int shared, int producers) in _shared)
            {
                // Where nothing is shared, each edge has been named. Several producers may share the same GPUs.
                if ((shared == 0 && !stated) || (shared == gpus.Count && producers == 1))
                    continue;
                GpuSet missing = gpus.Except(Producers(node, stated ? step : -1));
                if (missing.IsEmpty)
                    continue;
                string shard = stated && step >= 0
                    ? ", or add the shard of " + Inspection.OneLine(_inspection.Survey.Steps.Kinds[step].Name) : "";
                _inspection.NodeFault(
                    node,
                    "that [takes|take] data which no producer has on [its|their] GPUs",
                    $"{Remedy.Words(missing)}: bring it there through communication{shard}");
            }
        }

        /// <summary>Item 3.</summary>
        public void CheckTakenUp(int node)
        {
            if (_movers.At(node) is Mover.End or Mover.Transfer || _movers.IsToldFrom(node)
                || (_isDrawing && _movers.At(node) != Mover.None)
                || _dag.GpusOf(node) is not GpuSet { IsEmpty: false } gpus)
            {
                return;
            }

            int shared = 0, consumers = 0;
            ReadOnlySpan<int> links = _dag.Topology.Out(node);
            foreach (int link in links)
            {
                int target = Topology.Node(link);
                if (!_movers.Carries(link, target))
                    continue;
                int common = _gpus.Shared(node, target);
                if (_movers.At(target) != Mover.Collective || common < 0 || (_isDrawing && !_movers.IsNamedCollective(target)))
                    return;
                consumers++;
                shared += common;
            }

            // Several collectives may take up the same GPUs.
            if (consumers == 0 || (consumers == 1 && shared == gpus.Count))
                return;
            var taken = new List<GpuSet>();
            foreach (int link in links)
            {
                if (_movers.Carries(link, Topology.Node(link)))
                    taken.Add(_dag.GpusOf(Topology.Node(link))!);
            }

            GpuSet left = gpus.Except(GpuSet.UnionAll(taken));
            if (!left.IsEmpty)
                _inspection.NodeFault(
                    node, "whose data some GPUs never hand to the collective",
                    $"{Remedy.Words(left)}: name them on it");
        }

        /// <summary>What <see cref="DrawnMovement"/> asks.</summary>
        public void CheckDrawn()
        {
            var drawn = new DrawnMovement(_inspection, _movers);
            foreach (int node in _inspection.Nodes)
            {
                _inspection.Step(node);
                drawn.Check(node);
            }
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

        private int StepOf(int node) => _inspection.Survey.Steps.Of(_dag, node);

        private string Words(int node) => Remedy.Words(_dag.GpusOf(node)!);

        /// <summary>The GPUs of a node's producers, of one step where it is not negative.</summary>
        private GpuSet Producers(int node, int step)
        {
            var sets = new List<GpuSet>();
            foreach (int link in _dag.Topology.In(node))
            {
                if (_movers.Carries(link, node) && (step < 0 || StepOf(Topology.Node(link)) == step)
                    && _dag.GpusOf(Topology.Node(link)) is GpuSet gpus)
                    sets.Add(gpus);
            }

            return GpuSet.UnionAll(sets);
        }
    }
}
