using ParallelDag.Graphs;

namespace ParallelDag.Checks;

/// <summary>
/// In how many chunks each phase passes its prompts: a graph numbers passes, and only the last chunk of a micro-batch samples. So it is
/// the passes over those that
/// sample, where that is a whole number.
/// </summary>
internal sealed class PromptChunks
{
    private readonly Dictionary<PhaseKind, int> _chunks = [];
    private readonly Dictionary<int, long> _lengths = [];
    private readonly long _prompt;

    /// <summary>Counts the passes of a graph.</summary>
    public PromptChunks(Dag dag, FactsIndex index)
    {
        var passes = new Dictionary<PhaseKind, (int Passes, HashSet<int> Sampled)>();
        foreach (NodeScope scope in dag.ScopeTable)
        {
            if (scope.Phase is PhaseKind phase)
                passes[phase] = (Math.Max(passes.GetValueOrDefault(phase).Passes, scope.MicroBatch + 1), []);
        }

        foreach (int node in index.Where(facts => facts.Kind == NodeKind.Input || facts.Op == Ops.Sampling))
        {
            if (dag.ScopeOf(node) is not { Phase: PhaseKind phase } scope)
                continue;
            if (phase == PhaseKind.Prefill && dag.FactsOf(node) is { Kind: NodeKind.Input, Output.Tensors: [NamedTensor ids, ..] })
            {
                _prompt = ids.Shape["seq_len"] ?? 0;
                foreach (int link in dag.Topology.Out(node))
                {
                    int reader = Topology.Node(link);
                    if (dag.FactsOf(reader).Input.Tensors is [NamedTensor taken, ..] && taken.Shape["seq_len"] is long length)
                        _lengths[dag.ScopeOf(reader).MicroBatch] = length;
                }
            }

            if (dag.FactsOf(node).Op == Ops.Sampling)
                passes[phase].Sampled.Add(scope.MicroBatch);
        }

        foreach ((PhaseKind phase, (int count, HashSet<int> sampled)) in passes)
        {
            int chunks = sampled.Count > 0 && count % sampled.Count == 0 ? count / sampled.Count : 1;
            _chunks.Add(phase, Regular(sampled, chunks) ? chunks : 1);
        }
    }

    /// <summary>The chunks of a phase; 1 for whole prompts.</summary>
    public int Of(PhaseKind phase) => _chunks.GetValueOrDefault(phase, 1);

    /// <summary>The positions of a prompt that were there before a pass of prefill: earlier chunks, and what a prefix cache held.</summary>
    public long StartOf(int pass)
    {
        int chunks = Of(PhaseKind.Prefill), first = pass / chunks * chunks;
        long passing = 0, before = 0;
        for (int other = first; other < first + chunks; other++)
        {
            long length = _lengths.GetValueOrDefault(other);
            passing += length;
            before += other < pass ? length : 0;
        }

        return Math.Max(0, _prompt - passing) + before;
    }

    /// <summary>True when each run of so many passes ends with one that samples.</summary>
    private static bool Regular(HashSet<int> sampled, int chunks) => sampled.All(pass => (pass + 1) % chunks == 0);
}
