using ParallelDag.Graphs;
using ParallelDag.Wording;

namespace ParallelDag.Checks;

/// <summary>
/// Item 1 of PD023: the nodes of a step cover the GPUs of their stage, each once. A send has the GPUs of two stages (PD007), a KV transfer
/// those that it needs (PD017).
/// Of sections that are alike the first is looked at, and the others only where it has a fault.
/// </summary>
internal sealed class StepCover
{
    private readonly Inspection _inspection;
    private readonly Dag _dag;
    private readonly Dictionary<int, int> _stepsOfWhole = [];
    private readonly List<int>[] _nodesOfStep;
    private readonly List<int> _stepsHere = [];
    private int[] _markOfGpu = [];
    private int _mark;

    public StepCover(Inspection inspection)
    {
        _inspection = inspection;
        _dag = inspection.Dag;
        _nodesOfStep = [.. inspection.Survey.Steps.Kinds.Select(_ => new List<int>())];
    }

    /// <summary>How many steps were looked at or are like one that was.</summary>
    public long Count { get; private set; }

    /// <summary>Holds one section against its stage.</summary>
    public void Check(int section)
    {
        NodeScope scope = _inspection.Survey.Sections.Scopes[section];
        if (_inspection.Survey.Stages.PhaseOf(scope.Phase) is not DagPhase phase)
            return;
        ReadOnlySpan<int> nodes = _inspection.Survey.Sections.Nodes(section);
        if (scope.Stage is not int number || _inspection.Survey.Stages.Find(phase, number) is not DagStage stage)
        {
            _inspection.NodeFault(
                nodes[0], Words.Invariant($"of a stage that {phase} does not have"),
                scope.Stage is null ? "none" : Words.Invariant($"stage {scope.Stage}"));
            return;
        }

        if (_stepsOfWhole.TryGetValue(_inspection.Survey.Alike?.ModelOf(section) ?? section, out int steps))
            Count += steps;
        else if (CheckSteps(section, nodes, stage))
            _stepsOfWhole.Add(section, _stepsHere.Count);
    }

    private bool CheckSteps(int section, ReadOnlySpan<int> nodes, DagStage stage)
    {
        bool whole = true;
        FindSteps(nodes);
        Count += _stepsHere.Count;
        foreach (int node in nodes)
        {
            if (_inspection.Survey.Steps.Of(_dag, node) is int step and >= 0)
                _nodesOfStep[step].Add(node);
            else
                _inspection.NodeFault(node, "that [does|do] not tell [its|their] operator", _dag.FactsOf(node).Op);
        }

        whole &= nodes.Length == _stepsHere.Sum(step => _nodesOfStep[step].Count);
        foreach (int step in _stepsHere)
        {
            (Operator row, string name) = _inspection.Survey.Steps.Kinds[step];
            whole &= row.Role is OperatorRole.Send or OperatorRole.CacheTransfer
                ? _nodesOfStep[step].TrueForAll(node => _dag.GpusOf(node) is not GpuSet gpus || CheckMembers(node, gpus, row))
                : CheckStep(section, row, name, _nodesOfStep[step], stage);
            _nodesOfStep[step].Clear();
        }

        return whole;
    }

    private bool CheckStep(int section, Operator row, string name, List<int> nodes, DagStage stage)
    {
        bool good = true;
        int covered = 0;
        _mark++;
        foreach (int node in nodes)
        {
            if (_dag.GpusOf(node) is not GpuSet gpus)
                return false; // PD003 names it.
            foreach (int gpu in gpus)
            {
                if (gpu >= _markOfGpu.Length)
                    Array.Resize(ref _markOfGpu, Math.Max(gpu + 1, 2 * _markOfGpu.Length));
                if (_markOfGpu[gpu] == _mark)
                {
                    _inspection.NodeFault(
                        node, "that [does|do] again what another node of [its|their] step does",
                        Words.Invariant($"{Inspection.OneLine(name)} on GPU {gpu}, {NameOf(section)}"));
                    good = false;
                    break;
                }

                _markOfGpu[gpu] = _mark;
                covered += stage.Gpus.Contains(gpu) ? 1 : 0;
            }

            good &= CheckMembers(node, gpus, row);
        }

        if (covered == stage.Gpus.Count)
            return good;
        GpuSet missing = stage.Gpus.Except(GpuSet.UnionAll(nodes.Select(node => _dag.GpusOf(node)!)));
        if (!missing.IsEmpty)
        {
            _inspection.Fault(
                $"{NameOf(section)}: {Inspection.OneLine(name)} is missing on GPUs {Inspection.OneLine(missing.ToString())} of stage "
                    + $"{stage.Index}; add its shard there");
            _inspection.MarkNode(nodes[0]);
        }

        return false;
    }

    /// <summary>A node stands for one Device node per GPU, a collective for one per group; in an overview for those of all layers and
    /// micro-batches.</summary>
    private bool CheckMembers(int node, GpuSet gpus, Operator row)
    {
        NodeFacts facts = _dag.FactsOf(node);
        // An end stands for itself; a transfer for as many as receive, which takes both phases to know.
        bool end = row.Kind is NodeKind.Input or NodeKind.Output;
        if (row.Role == OperatorRole.CacheTransfer && facts.Members > 0 && facts.Members <= gpus.Count)
            return true;
        long units = end ? 1 : facts.Collective == CollectiveKind.None ? gpus.Count : facts.GroupSize > 0 ? gpus.Count / facts.GroupSize
            : 0;
        if (units > 0 && (_dag.Detail == DetailLevel.Overview ? facts.Members % units == 0 && facts.Members > 0 : facts.Members == units))
        {
            if (_dag.Detail != DetailLevel.Device || facts.Members == 1)
                return true;
        }

        _inspection.NodeFault(
            node, "that [stands|stand] for another number of members than [it has|they have] GPUs or groups",
            Words.Invariant($"members {facts.Members}, GPUs {Inspection.OneLine(gpus.ToString())}"));
        return false;
    }

    /// <summary>Collects the distinct steps of the nodes, in order.</summary>
    private void FindSteps(ReadOnlySpan<int> nodes)
    {
        _stepsHere.Clear();
        int last = -1;
        foreach (int node in nodes)
        {
            int step = _inspection.Survey.Steps.Of(_dag, node);
            if (step < 0 || step == last || (_stepsHere.Count > 0 && _stepsHere.Contains(step)))
                continue;
            last = step;
            _stepsHere.Add(step);
        }
    }

    private string NameOf(int section) => _inspection.Survey.Sections.NameOf(section);
}
