using ParallelDag.Graphs;
using ParallelDag.Tensors;
using ParallelDag.Wording;

namespace ParallelDag.Checks;

/// <summary>
/// Item 4 of PD005, for a graph that states its plan: what a node tells of its own tensors is complete and agrees
/// (<see cref="NodeTensors"/>), each tensor is taken by somebody, no sum is owed at the end, and the micro-batches make up the batch of the
/// Input.
/// </summary>
internal sealed class StatedTensors(Inspection inspection)
{
    private readonly Dag _dag = inspection.Dag;
    private readonly PlacedTensors _tensors = inspection.Survey.Tensors;

    /// <summary>Looks at every node, then at the micro-batches.</summary>
    public void Check()
    {
        var faults = new Dictionary<(int Facts, PhaseId? Phase), string?>();
        foreach (int node in inspection.Nodes)
        {
            inspection.Step(node);
            PhaseId? phase = _dag.ScopeOf(node).Phase;
            if (inspection.Survey.MeshOf(phase) is PhaseMesh mesh)
            {
                var key = (_dag.FactsColumn[node], phase);
                if (!faults.TryGetValue(key, out string? fault))
                {
                    PhaseMesh? receiving = inspection.Survey.ReceivingMesh(node);
                    fault = NodeTensors.FaultOf(_dag.FactsOf(node), mesh, receiving, _dag.Detail == DetailLevel.Overview);
                    faults.Add(key, fault);
                }

                if (fault is not null)
                {
                    NodeFacts facts = _dag.FactsOf(node);
                    inspection.NodeFault(node, fault, Inspection.OneLine($"{facts.InputPlacement} -> {facts.OutputPlacement}"));
                }
            }

            CheckTaken(node);
        }

        CheckMicroBatches();
    }

    /// <summary>Each tensor of several is taken by somebody, and no sum is owed at the end.</summary>
    private void CheckTaken(int node)
    {
        PlacedTensor[] outputs = _tensors.Outputs(_dag.FactsColumn[node]);
        if (_dag.Detail == DetailLevel.Overview || outputs.Length == 0 || _dag.FactsOf(node).Role == OperatorRole.CacheTransfer)
            return;
        bool ends = false;
        foreach (int link in _dag.Topology.Out(node))
            ends |= _dag.FactsOf(Topology.Node(link)).Kind == NodeKind.Output;
        foreach (PlacedTensor output in outputs)
        {
            if (ends && output.Placement is TensorPlacement placement && OwesSum(placement))
                inspection.NodeFault(node, "that [ends|end] in a sum which is still owed", placement.ToString());
            if (outputs.Length > 1 && output.Shape["state"] is null && !IsTaken(node, output))
                inspection.NodeFault(node, "with a tensor that nobody takes", Inspection.OneLine(output.ToString()));
        }
    }

    private static bool OwesSum(TensorPlacement placement)
    {
        foreach ((_, Placement placed) in placement.Axes)
        {
            if (placed == Placement.Partial)
                return true;
        }

        return false;
    }

    private bool IsTaken(int node, PlacedTensor output)
    {
        foreach (int link in _dag.Topology.Out(node))
        {
            foreach (PlacedTensor input in _tensors.Inputs(_dag.FactsColumn[Topology.Node(link)]))
            {
                if (input.Name == output.Name)
                    return true;
            }
        }

        return false;
    }

    /// <summary>
    /// The micro-batches of a phase make up the sequences of its Input: what the first node of each reads (the SPLIT, else the embedding)
    /// adds up to them.
    /// </summary>
    private void CheckMicroBatches()
    {
        if (_dag.Detail == DetailLevel.Overview)
            return;
        var entering = new Dictionary<(PhaseId, int MicroBatch), long>();
        var whole = new Dictionary<PhaseId, long>();
        foreach (int node in inspection.Survey.Facts.Where(facts => facts.Role == OperatorRole.Input))
        {
            if (_dag.ScopeOf(node).Phase is not PhaseId phase
                || _tensors.Outputs(_dag.FactsColumn[node]) is not [PlacedTensor ids, ..])
            {
                continue;
            }

            whole[phase] = ids.Shape["batch_size"] ?? -1;
            foreach (int link in _dag.Topology.Out(node))
            {
                int reader = Topology.Node(link);
                var key = (phase, _dag.ScopeOf(reader).MicroBatch);
                if (_tensors.Inputs(_dag.FactsColumn[reader]) is [PlacedTensor taken, ..] && taken.Shape["batch_size"] is long batch)
                    entering[key] = Math.Max(batch, entering.GetValueOrDefault(key));
            }
        }

        foreach ((PhaseId phase, long batch) in whole)
        {
            long sum = entering.Where(item => item.Key.Item1 == phase).Sum(item => item.Value);
            if (batch >= 0 && sum != batch * inspection.Survey.Chunks.Of(phase))
                inspection.Fault(Words.Invariant(
                    $"the micro-batches of {phase.ToName()} read {sum} of the {batch} sequences of its Input"));
        }
    }
}
