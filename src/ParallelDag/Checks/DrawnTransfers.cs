using System.Globalization;
using ParallelDag.Graphs;
using ParallelDag.Wording;

namespace ParallelDag.Checks;

/// <summary>
/// Item 4 of PD007, for drawings: a node called Send leads to one node called Recv of equal dimensions (as many as it has GPUs, at most),
/// and the other way round. A node that stands between two stages, or between different GPUs, is send and receive in one ("Pipeline
/// Communication", a Send without a Recv); the stages on both sides follow each other. What is sent inside a layer (K and V, tokens for
/// experts, a cache) is no transfer between stages and only needs both ends.
/// </summary>
internal sealed class DrawnTransfers
{
    private readonly Inspection _inspection;
    private readonly Dag _dag;
    private readonly bool _hasReceives;
    private readonly bool _hasSends;

    public DrawnTransfers(Inspection inspection)
    {
        _inspection = inspection;
        _dag = inspection.Dag;
        foreach (NodeFacts facts in _dag.FactsTable)
        {
            (bool send, bool receive) = facts.Kind == NodeKind.Communication ? Says(facts.Name) : default;
            _hasSends |= send && !receive;
            _hasReceives |= receive && !send;
        }
    }

    /// <summary>Holds one node against the rule; returns 1 for a transfer.</summary>
    public int Check(int node)
    {
        NodeFacts facts = _dag.FactsOf(node);
        if (facts.Op is not null || facts.Kind != NodeKind.Communication)
            return 0;
        (bool send, bool receive) = Says(facts.Name);
        if (send == receive)
            return CheckStages(node, facts);
        if (IsInsideLayer(facts.Name))
            return 0;
        List<int> partners = PartnersOf(node, send);
        if (partners.Count == 0)
            return CheckLone(node, facts, send);
        int most = Math.Max(1, _dag.GpusOf(node)?.Count ?? 1);
        if (partners.Count > most)
        {
            _inspection.NodeFault(
                node, send ? "that [sends|send] to other than one receive"
                    : "that [receives|receive] from other than one send", partners.Count.ToString(CultureInfo.InvariantCulture));
        }
        else if (send && partners.Count == 1 && _dag.FactsOf(partners[0]).Input is { IsParsed: true } taken && facts.Output.IsParsed
            && !taken.Equals(facts.Output))
            _inspection.NodeFault(node, "whose receive takes another size than [it sends|they send]",
                Inspection.OneLine($"{facts.Output} -> {taken}"));
        return send ? 1 : 0;
    }

    /// <summary>
    /// A send without a receive is both where its data reaches the next stage or other GPUs, or where the drawing has no receives at all.
    /// </summary>
    private int CheckLone(int node, NodeFacts facts, bool send)
    {
        if (_dag.Topology.InDegree(node) == 0 || _dag.Topology.OutDegree(node) == 0)
        {
            _inspection.NodeFault(node, send ? "that [sends|send] to nobody" : "that [receives|receive] from nobody");
            return 0;
        }

        if (CheckStages(node, facts) == 1 || MovesBetweenGpus(node))
            return 1;
        if (send ? _hasReceives : _hasSends)
            _inspection.NodeFault(
                node, send ? "that [sends|send] to other than one receive" : "that [receives|receive] from other than one send", "0");
        return send ? 1 : 0;
    }

    /// <summary>The stages around a node that stands in none itself. Returns 1 when it joins two.</summary>
    private int CheckStages(int node, NodeFacts facts)
    {
        if (IsInsideLayer(facts.Name))
            return 0;
        int? before = StageOf(_dag.Topology.In(node)), after = StageOf(_dag.Topology.Out(node));
        if (before is not int from || after is not int to || from == to)
            return 0;
        if (to != from + 1 && _dag.ScopeOf(node).Stage is null)
            _inspection.NodeFault(
                node, "that [joins|join] stages which are not consecutive", Words.Invariant($"stage {from} to stage {to}"));
        return 1;
    }

    /// <summary>The one stage of the nodes at the other ends of some links; null when they tell none or several.</summary>
    private int? StageOf(ReadOnlySpan<int> links)
    {
        int? stage = null;
        foreach (int link in links)
        {
            int? here = _dag.ScopeOf(Topology.Node(link)).Stage;
            if (here is null || (stage ?? here) != here)
                return null;
            stage = here;
        }

        return stage;
    }

    private bool MovesBetweenGpus(int node) =>
        GpusOf(_dag.Topology.In(node)) is GpuSet before && GpusOf(_dag.Topology.Out(node)) is GpuSet after && !before.ContainsAll(after);

    private GpuSet? GpusOf(ReadOnlySpan<int> links)
    {
        var sets = new List<GpuSet>();
        foreach (int link in links)
        {
            if (_dag.GpusOf(Topology.Node(link)) is GpuSet gpus)
                sets.Add(gpus);
            else
                return null;
        }

        return GpuSet.UnionAll(sets);
    }

    private List<int> PartnersOf(int node, bool send)
    {
        var partners = new List<int>();
        foreach (int link in send ? _dag.Topology.Out(node) : _dag.Topology.In(node))
        {
            NodeFacts other = _dag.FactsOf(Topology.Node(link));
            (bool otherSend, bool otherReceive) = Says(other.Name);
            if (other.Kind == NodeKind.Communication && (send ? otherReceive && !otherSend : otherSend && !otherReceive))
                partners.Add(Topology.Node(link));
        }

        return partners;
    }

    private static (bool Send, bool Receive) Says(string name) => (Has(name, "send"), Has(name, "recv") || Has(name, "receive"));

    private static bool IsInsideLayer(string name) =>
        Has(name, "kv") || Has(name, "cache") || Has(name, "expert") || Has(name, "token") || Has(name, "ring");

    private static bool Has(string name, string word) => name.Contains(word, StringComparison.OrdinalIgnoreCase);
}
