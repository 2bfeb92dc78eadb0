using ParallelDag.Layers;
using ParallelDag.Strategies;
using ParallelDag.Wording;

namespace ParallelDag.Plans;

/// <summary>What passes through a phase at a time (a prompt, a chunk of it, a token) must be long enough for how it is split.</summary>
internal sealed class PassRules
{
    private readonly PlanSpec _spec;
    private readonly string _name;
    private readonly PhaseStrategy _strategy;
    private readonly List<PlanFault> _faults = [];

    private PassRules(PlanSpec spec, string name, PhaseStrategy strategy) => (_spec, _name, _strategy) = (spec, name, strategy);

    /// <summary>Every key of a phase that what passes cannot have.</summary>
    /// <param name="spec">The plan.</param>
    /// <param name="phase">The phase.</param>
    /// <param name="name">Where it, or a set of its instances, stands in the plan.</param>
    /// <param name="strategy">Its strategy.</param>
    public static IReadOnlyList<PlanFault> Faults(PlanSpec spec, PhaseKind phase, string name, PhaseStrategy strategy)
    {
        var rules = new PassRules(spec, name, strategy);
        if (phase == PhaseKind.Decode)
            rules.CheckDecode();
        else
            rules.CheckPrefill();
        return rules._faults;
    }

    private void CheckDecode()
    {
        if (_strategy.Chunk is not null)
            Fault("chunk", $"decode passes one token of a sequence at a time; chunk is a key of prefill, leave it out");
        if (_strategy.Sp > 1)
            Fault("sp", $"sp {_strategy.Sp} has no sequence to split: decode passes one token a step; "
                + $"set decode.sp to 1, and kvParallel to split its cache by token");
        if (_strategy.Tp % _strategy.KvParallel != 0)
            Fault("kvParallel", $"kvParallel {_strategy.KvParallel} takes whole groups out of tp {_strategy.Tp}; "
                + $"choose one that divides tp");
        CheckSplitCache();
    }

    private void CheckPrefill()
    {
        if (_strategy.KvParallel > 1)
            Fault("kvParallel", $"kvParallel splits the cache of decode; a prompt is split by sp, leave kvParallel out");
        bool split = _strategy.AttentionOutput == AttentionOutput.ReduceScatter;
        long parts = (long)_strategy.Sp * (split ? _strategy.Tp : 1);
        long passing = _spec.Workload.PassingPositions;
        CheckChunk(split ? _strategy.Tp : 1, passing);
        if (passing < parts)
            Fault("sp", $"a prompt of {passing} tokens is shorter than {(split ? "sp*tp" : "sp")} = {parts}; "
                + $"lower {(split ? "sp or tp" : "sp")} or lengthen the prompt");
    }

    /// <summary>Every rank of a cache that is split by token must hold some of the prompt.</summary>
    private void CheckSplitCache()
    {
        long fewest = _spec.Model.LayerKinds.Select(layer => layer.Mixer).OfType<Mixer>()
            .Where(mixer => mixer.Cache.Any(tensor => !tensor.PerSequence))
            .Select(mixer => mixer.CachedPositions(_spec.Workload.PromptLength)).DefaultIfEmpty(_strategy.KvParallel).Min();
        if (fewest < _strategy.KvParallel)
            Fault("kvParallel", $"the {fewest} positions that are cached of a prompt leave some of kvParallel {_strategy.KvParallel} "
                + $"without any; lower kvParallel");
    }

    private void CheckChunk(int parts, long passing)
    {
        if (_strategy.Sp > 1 && (_strategy.Chunk is not null || _spec.Workload.CachedPositions > 0))
        {
            string what = _strategy.Chunk is not null ? "chunks" : "a cached prompt";
            Fault(_strategy.Chunk is not null ? "chunk" : "sp", $"sp {_strategy.Sp} splits the prompt that passes, and with {what} "
                + $"earlier positions would lie elsewhere; set sp to 1, or leave out chunk and cachedPrompt");
        }

        if (_strategy.Chunk is not int chunk)
            return;
        int sequences = BatchSplit.Size(_spec.Workload.Of(_strategy), 0);
        long length = PhasePass.ChunkLength(PhaseKind.Prefill, _strategy, _spec.Workload), rest = length < 1 ? 0 : passing % length;
        if (length < 1)
            Fault("chunk", $"a chunk of {chunk} tokens is smaller than the {sequences} sequences of a micro-batch; "
                + $"raise chunk or microBatches");
        else if (passing / length * _spec.Workload.Of(_strategy).MicroBatches > PlanValidator.MaxDegree)
            Fault("chunk", $"chunks of {length} positions make {passing / length} passes of a micro-batch; raise chunk");
        else if (Math.Min(length, rest == 0 ? length : rest) < parts)
            Fault("chunk", $"reduceScatter splits {Math.Min(length, rest == 0 ? length : rest)} positions of a pass over tp "
                + $"{parts}; choose a chunk whose last part is longer, or use allReduce");
    }

    private void Fault(string key, InvariantText message) => _faults.Add(new PlanFault($"{_name}.{key}", Words.Invariant(message)));
}
