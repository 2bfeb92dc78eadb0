using ParallelDag.Files;
using ParallelDag.Layers;
using ParallelDag.Operators;
using ParallelDag.Strategies;
using ParallelDag.Wording;

namespace ParallelDag.Plans;

/// <summary>A rule that a plan breaks.</summary>
/// <param name="Path">The key that is at fault: <c>prefill.tp</c>.</param>
/// <param name="Message">What is wrong and what to change, on one line.</param>
internal sealed record PlanFault(string Path, string Message);

/// <summary>The rules that every plan must keep; each says what to change. All faults are reported, not only the first.</summary>
internal sealed class PlanValidator
{
    /// <summary>The highest degree, layer count and expert count.</summary>
    public const int MaxDegree = 65_536;

    /// <summary>The most GPUs of a cluster.</summary>
    public const int MaxGpus = 1_048_576;

    /// <summary>The largest model dimension and batch.</summary>
    public const int MaxSize = 1 << 24;

    /// <summary>The longest sequence.</summary>
    public const int MaxSequence = 1 << 30;

    private readonly PlanSpec _spec;
    private readonly List<PlanFault> _faults = [];

    private PlanValidator(PlanSpec spec) => _spec = spec;

    /// <summary>Every fault of what surrounds strategies, in a file that has none.</summary>
    public static IReadOnlyList<PlanFault> ValidateEnvironment(PlanSpec spec)
    {
        var validator = new PlanValidator(spec);
        validator.CheckName();
        validator.CheckModel();
        validator.CheckCluster();
        validator.CheckWorkload();
        validator._faults.AddRange(LimitRules.Faults(spec, hasPhases: false));
        return validator._faults;
    }

    /// <summary>Every fault of the plan, in the order of the file's sections.</summary>
    public static IReadOnlyList<PlanFault> Validate(PlanSpec spec)
    {
        var validator = new PlanValidator(spec);
        validator.CheckName();
        validator.CheckModel();
        validator.CheckCluster();
        validator.CheckWorkload();
        if (spec.Prefill is null && spec.Decode is null)
            validator.Fault("prefill", "the plan has neither a prefill nor a decode section; give at least one");

        // Sums and products below are only safe, and messages only helpful, once the single values are in range.
        if (validator._faults.Count == 0)
        {
            foreach ((PhaseId id, PhaseStrategy strategy) in InstanceSets.Of(spec.Prefill, spec.Decode))
                validator.CheckPhase(id.Kind, PlaceOf(id), strategy);
            if (spec.Prefill?.Instances is not null || spec.Decode?.Instances is not null)
                validator._faults.AddRange(InstancePlaces.Faults(spec));
        }

        validator._faults.AddRange(LimitRules.Faults(spec));
        return validator._faults;
    }

    /// <summary>Why the strategies of a plan cannot split an FFN that its model declares.</summary>
    public static IEnumerable<PlanFault> RefusalsOf(DenseFeedForward dense, PlanSpec spec)
    {
        foreach ((PhaseId id, PhaseStrategy strategy) in InstanceSets.Of(spec.Prefill, spec.Decode))
        {
            if (strategy.Tp < 1)
                continue;
            foreach ((string key, string message) in dense.Refusals(id.Kind, strategy))
                yield return new PlanFault($"{PlaceOf(id)}.{key}", message);
        }
    }

    /// <summary>Where a phase, or one of its sets of instances, stands in a plan.</summary>
    internal static string PlaceOf(PhaseId id) =>
        id.Set == 0 ? id.ToName() : Words.Invariant($"{id.Kind.ToName()}.instances[{id.Set - 1}]");

    private void Fault(string path, InvariantText message) =>
        _faults.Add(new PlanFault(path, Words.Invariant(message)));

    private void Fault(string path, string message) => _faults.Add(new PlanFault(path, message));

    /// <summary>Notes a fault that several layers may share.</summary>
    private void FaultOnce(string path, string message)
    {
        if (!_faults.Exists(fault => fault.Path == path && fault.Message == message))
            _faults.Add(new PlanFault(path, message));
    }

    private void Range(string path, long value, long least, long most)
    {
        if (value < least || value > most)
            Fault(path, $"{value} is out of range; give {least} to {most}");
    }

    private void CheckName()
    {
        if (FileNames.Of(_spec.Name) != _spec.Name)
            Fault(
                "name", $"'{OneLine.Quote(_spec.Name)}' cannot become file names; use letters, digits, _ - . only, "
                    + $"not - or . first, 100 at most");
    }

    private void CheckModel()
    {
        ModelSpec model = _spec.Model;
        Range("model.layers", model.Layers.Count, 1, MaxDegree);
        Range("model.hidden", model.Hidden, 1, MaxSize);
        Range("model.vocab", model.Vocabulary.Size, 1, MaxSize);
        Range("model.learnedPositions", model.Vocabulary.LearnedPositions, 0, MaxSize);
        foreach (LayerSpec layer in model.LayerKinds)
        {
            foreach ((string key, string message) in (layer.Mixer?.Faults() ?? []).Concat(layer.FeedForward?.Faults() ?? []))
                FaultOnce($"model.{key}", message);
        }
    }

    private void CheckExpertLoad()
    {
        ExpertLoad load = _spec.Workload.ExpertLoad;
        if (load.ZipfExponent is double exponent && (!double.IsFinite(exponent) || exponent is < 0 or > 100))
            Fault("workload.expertLoad", $"a Zipf exponent of {exponent} makes no load; give 0 to 100");
        if (load.Fractions is not IReadOnlyList<double> fractions)
            return;
        if (fractions.Any(fraction => !double.IsFinite(fraction) || fraction < 0) || Math.Abs(fractions.Sum() - 1) > 1e-3)
            Fault("workload.expertLoad", "fractions must not be negative and must add up to 1");
        foreach (MoeFeedForward moe in _spec.Model.LayerKinds.Select(layer => layer.FeedForward?.Experts).OfType<MoeFeedForward>())
        {
            if (fractions.Count != moe.ExpertCount)
                FaultOnce("workload.expertLoad",
                    Words.Invariant($"{fractions.Count} fractions for {moe.ExpertCount} experts; give one per expert"));
        }
    }

    private void CheckCluster()
    {
        ClusterSpec cluster = _spec.Cluster;
        Range("cluster.gpus", cluster.Gpus, 1, MaxGpus);
        Range("cluster.gpusPerNode", cluster.GpusPerNode, 1, MaxGpus);
        Range("cluster.domain", cluster.Domain, 1, MaxGpus);
        Range("cluster.nicsPerNode", cluster.NicsPerNode, 1, MaxGpus);
        if (cluster is { GpusPerNode: > 0, Domain: > 0 } && cluster.Domain % cluster.GpusPerNode != 0
            && cluster.GpusPerNode % cluster.Domain != 0)
            Fault("cluster.domain",
                $"a domain of {cluster.Domain} would end inside a node of {cluster.GpusPerNode}; give a multiple or a divisor "
                    + $"of gpusPerNode");
        if (cluster.MemoryReserve is not (>= 0 and < 1))
            Fault("cluster.memoryReserve", $"{cluster.MemoryReserve} is no fraction of a GPU's memory; give 0 % to below 100 %");
        Positive("cluster.gpu", cluster.Gpu.MemoryBytes, "memory");
        Positive("cluster.gpu", cluster.Gpu.Flops, "flops");
        Positive("cluster.gpu", cluster.Gpu.MemoryBandwidth, "memoryBandwidth");
        Positive("cluster.intraNode", cluster.IntraNode.Bandwidth, "bandwidth");
        Positive("cluster.hostLink", cluster.HostLink.Bandwidth, "bandwidth");
        Positive("cluster.interNode", cluster.InterNode.Bandwidth, "bandwidth");
    }

    private void Positive(string path, double value, string what)
    {
        if (!(value > 0) || !double.IsFinite(value))
            Fault(path, $"{what} must be greater than 0");
    }

    private void CheckWorkload()
    {
        WorkloadSpec workload = _spec.Workload;
        Range("workload.batch", workload.Batch, 1, MaxSize);
        Range("workload.promptLength", workload.PromptLength, 1, MaxSequence);
        Range("workload.outputLength", workload.OutputLength, 1, MaxSequence);
        if (workload.CachedPrompt is not (>= 0 and < 1))
            Fault("workload.cachedPrompt", $"{workload.CachedPrompt} of a prompt cannot be cached; give 0 % to below 100 %");
        Range("workload.microBatches", workload.MicroBatches, 1, MaxDegree);
        CheckExpertLoad();
    }

    private void CheckPhase(PhaseKind phase, string name, PhaseStrategy strategy)
    {
        int faults = _faults.Count;
        foreach ((string key, int degree) in new[] { ("pp", strategy.Pp), ("tp", strategy.Tp), ("sp", strategy.Sp), ("ep", strategy.Ep),
            ("dp", strategy.Dp), ("etp", strategy.Etp) })
            Range($"{name}.{key}", degree, 1, MaxDegree);
        Range($"{name}.vocabPadding", strategy.VocabPadding, 1, MaxSize);
        Range($"{name}.redundantExperts", strategy.RedundantExperts, 0, MaxDegree);
        Range($"{name}.chunk", strategy.Chunk ?? 1, 1, MaxSequence);
        Range($"{name}.kvParallel", strategy.KvParallel, 1, MaxDegree);
        Range($"{name}.replicas", strategy.Replicas, 1, MaxDegree);
        Range($"{name}.firstGpu", strategy.FirstGpu ?? 0, 0, MaxGpus - 1);
        Range($"{name}.batch", strategy.Batch ?? 1, 1, MaxSize);
        Range($"{name}.microBatches", strategy.MicroBatches ?? 1, 1, MaxDegree);
        if (!strategy.Order.Order(StringComparer.Ordinal).SequenceEqual(PhaseStrategy.DefaultOrder.Order(StringComparer.Ordinal)))
            Fault($"{name}.order",
                $"[{string.Join(", ", strategy.Order)}] is no order of the axes; give each of tp, sp, ep, dp, pp once, inner to outer");
        if (_faults.Count > faults)
            return;

        if (_spec.Prefill?.Instances is null && _spec.Decode?.Instances is null)
            CheckWorld(phase, name, strategy);
        CheckLayerKinds(phase, name, strategy);
        CheckExperts(name, strategy);
        _faults.AddRange(PassRules.Faults(_spec, phase, name, strategy));
        CheckLayers(name, strategy);
        CheckBatch(phase, name, strategy);
        if (_faults.Count == faults)
            CheckTensorGroups(name, strategy);
        if (_faults.Count == faults && _spec.Model.Experts is not null)
            CheckDispatch(phase, name, strategy);
        if (_faults.Count == faults)
            _faults.AddRange(BlockRules.Faults(_spec, phase, name, strategy));
    }

    private void CheckWorld(PhaseKind phase, string name, PhaseStrategy strategy)
    {
        if (strategy.FirstGpu is not null)
        {
            CheckFirstGpu(phase, name, strategy);
            return;
        }

        Int128 world = World(strategy);
        Int128 pool = _spec.Cluster.Gpus;
        bool afterPrefill = phase == PhaseKind.Decode && _spec.Cluster.Pool == PoolKind.Disaggregated && _spec.Prefill is not null;
        if (afterPrefill)
            pool = Int128.Max(0, pool - World(_spec.Prefill!) - (_spec.Prefill!.FirstGpu ?? 0));
        if (world > pool)
        {
            Fault(name, afterPrefill
                ? $"{name} needs {world} GPUs ({Product(strategy)}) but its pool has {pool}: the {_spec.Cluster.Gpus} of cluster.gpus less "
                    + $"prefill's; raise cluster.gpus or lower a degree"
                : $"{name} needs {world} GPUs ({Product(strategy)}) but its pool has {pool}; raise cluster.gpus or lower a degree");
        }
    }

    private void CheckFirstGpu(PhaseKind phase, string name, PhaseStrategy strategy)
    {
        Int128 first = strategy.FirstGpu!.Value, end = first + World(strategy);
        if (_spec.Cluster.Pool != PoolKind.Disaggregated)
            Fault($"{name}.firstGpu",
                "firstGpu places a phase of a disaggregated pool; set cluster.pool to disaggregated, or leave it out");
        else if (end > _spec.Cluster.Gpus)
            Fault($"{name}.firstGpu",
                $"{name} needs {World(strategy)} GPUs ({Product(strategy)}) from {first} on, but the last is {_spec.Cluster.Gpus - 1}; "
                    + $"lower firstGpu or raise cluster.gpus");
        else if (phase == PhaseKind.Decode && _spec.Prefill is PhaseStrategy prefill
            && first < (prefill.FirstGpu ?? 0) + World(prefill) && (prefill.FirstGpu ?? 0) < end)
            Fault($"{name}.firstGpu",
                $"decode from GPU {first} on would share GPUs with prefill, which has {prefill.FirstGpu ?? 0} to "
                    + $"{(prefill.FirstGpu ?? 0) + World(prefill) - 1}; choose another firstGpu");
    }

    internal static Int128 World(PhaseStrategy strategy) =>
        (Int128)strategy.Replicas * strategy.Pp * strategy.Dp * strategy.Sp * strategy.Tp * (
            strategy.ExpertParallel == ExpertParallelMode.Dedicated ? strategy.Ep : 1);

    internal static string Product(PhaseStrategy strategy) =>
        (strategy.Replicas > 1 ? Words.Invariant($"replicas {strategy.Replicas} * ") : "")
        + (strategy.ExpertParallel == ExpertParallelMode.Dedicated
            ? Words.Invariant($"pp {strategy.Pp} * dp {strategy.Dp} * ep {strategy.Ep} * sp {strategy.Sp} * tp {strategy.Tp}")
            : Words.Invariant($"pp {strategy.Pp} * dp {strategy.Dp} * sp {strategy.Sp} * tp {strategy.Tp}"));

    private void CheckLayerKinds(PhaseKind phase, string name, PhaseStrategy strategy)
    {
        foreach (LayerSpec layer in _spec.Model.LayerKinds)
        {
            foreach ((string key, string message) in
                (layer.Mixer?.Refusals(phase, strategy) ?? []).Concat(layer.FeedForward?.Refusals(phase, strategy) ?? []))
                FaultOnce($"{name}.{key}", message);
        }
    }

    private void CheckExperts(string name, PhaseStrategy strategy)
    {
        bool folded = strategy.ExpertParallel == ExpertParallelMode.Folded;
        if (strategy.Etp > 1 && !folded)
            Fault($"{name}.etp", $"etp {strategy.Etp} needs expertParallel: folded; a dedicated ep splits each expert over tp");
        if (_spec.Model.Experts is null)
        {
            if (strategy.Ep > 1)
                Fault($"{name}.ep", $"ep {strategy.Ep} needs experts, but the model has no moe section; set ep to 1 or add model.moe");
            if (strategy.Dispatch is not null)
                Fault($"{name}.dispatch", "dispatch needs experts, but the model has no moe section; leave the key out or add model.moe");
            if (strategy.Dedup)
                Fault($"{name}.dedup", "dedup needs experts, but the model has no moe section; leave the key out or add model.moe");
            if (strategy.RedundantExperts > 0)
                Fault($"{name}.redundantExperts",
                    $"{strategy.RedundantExperts} redundant experts need experts, but the model has none; leave the key out");
            return;
        }

        foreach (int experts in _spec.Model.LayerKinds.Select(layer => layer.FeedForward?.Experts).OfType<MoeFeedForward>()
            .Select(moe => moe.ExpertCount).Distinct())
        {
            if ((long)experts + strategy.RedundantExperts < strategy.Ep)
                Fault($"{name}.ep", $"ep {strategy.Ep} makes more groups than the {experts} experts; lower ep or add redundantExperts");
            else if (strategy.RedundantExperts > 0 && (experts + strategy.RedundantExperts) % strategy.Ep != 0)
                Fault(
                    $"{name}.ep", $"{experts} experts and {strategy.RedundantExperts} redundant ones do not divide evenly over "
                        + $"ep {strategy.Ep}; choose redundantExperts so that the sum divides");
        }

        long stage = (long)strategy.Dp * strategy.Sp * strategy.Tp, product = (long)strategy.Ep * strategy.Etp;
        if (folded && stage % product != 0)
            Fault(
                $"{name}.ep", $"folded: dp*sp*tp = {stage} must equal edp*ep*etp, but ep*etp = {product} does "
                    + $"not divide it; choose ep and etp whose product divides {stage}");
    }

    private void CheckLayers(string name, PhaseStrategy strategy)
    {
        int layers = _spec.Model.Layers.Count;
        if (strategy.Pp > layers)
            Fault($"{name}.pp", $"pp {strategy.Pp} makes more stages than the model's {layers} layers; lower pp");
        if (strategy.LayersPerStage is not IReadOnlyList<int> split)
            return;
        if (strategy.Balance)
            Fault($"{name}.balance", "layersPerStage already fixes the split; leave out balance or layersPerStage");
        if (split.Count != strategy.Pp)
            Fault($"{name}.layersPerStage", $"{split.Count} entries for pp {strategy.Pp}; give one per stage");
        else if (split.Any(count => count < 1))
            Fault($"{name}.layersPerStage", "every stage needs at least one layer");
        else if (split.Sum(count => (long)count) != layers)
            Fault($"{name}.layersPerStage", $"the entries sum to {split.Sum(count => (long)count)}, but the model has {layers} layers");
    }

    private void CheckBatch(PhaseKind phase, string name, PhaseStrategy strategy)
    {
        WorkloadSpec workload = _spec.Workload.Of(strategy);
        bool dedicated = strategy.ExpertParallel == ExpertParallelMode.Dedicated;
        Int128 parts = (Int128)workload.MicroBatches * strategy.Dp * (dedicated ? strategy.Ep : 1);
        string product = dedicated ? "microBatches*dp*ep" : "microBatches*dp";
        if ((Int128)workload.Batch * strategy.Replicas > MaxSize)
            Fault($"{name}.replicas",
                $"{strategy.Replicas} instances of {workload.Batch} sequences are more than {MaxSize}; lower one of them");
        else if (workload.Batch < parts)
            Fault(strategy.Batch is null ? "workload.batch" : $"{name}.batch",
                $"a batch of {workload.Batch} is smaller than {name}'s {product} = {parts}, so some GPUs would have no sequence; raise "
                    + $"batch or lower a degree");
        else if (phase == PhaseKind.Decode && strategy.AttentionOutput == AttentionOutput.ReduceScatter
            && workload.Batch / parts < strategy.Tp)
            Fault($"{name}.attentionOutput",
                $"reduceScatter splits a decode batch over tp {strategy.Tp}, but a replica has {workload.Batch / parts} sequences; raise "
                    + $"batch or use allReduce");
    }

    /// <summary>Dense FFNs and the LM head are split over tp, over tp and data-parallel axes, or not at all.</summary>
    private void CheckTensorGroups(string name, PhaseStrategy strategy)
    {
        foreach ((string key, int? degree, string what) in new[] { ("denseTp", strategy.DenseTp, "a dense FFN"),
            ("headTp", strategy.HeadTp, "the LM head") })
        {
            if (degree is int given && StrategyMesh.TensorAxes(strategy, given) is null)
            {
                Fault(
                    $"{name}.{key}",
                    $"{key} {given} is no group of ranks that can split {what}: 1, tp, or tp times data-parallel axes; "
                    + $"give {string.Join(" or ", StrategyMesh.TensorDegrees(strategy))}");
            }
        }

        if (strategy.DenseTp is not null && !_spec.Model.HasDense)
            Fault($"{name}.denseTp", "denseTp needs a dense FFN, but every layer of the model is a mixture of experts; leave the key out");
    }

    /// <summary>Tokens must be able to meet their experts as the plan says.</summary>
    private void CheckDispatch(PhaseKind phase, string name, PhaseStrategy strategy)
    {
        var context = new PhaseContext(_spec.Model.Hidden, _spec.Model.Precision, _spec.Workload, phase, strategy, batch: 1);
        var rule = new DispatchRule(context);
        if (rule.Fault() is (string key, string message))
            Fault($"{name}.{key}", message);
        if (strategy.Dedup && (rule.Mode != ExpertDispatch.AllToAll || strategy.Ep == 1))
            Fault($"{name}.dedup",
                "dedup says how tokens travel by All-to-All, and the phase has none; leave it out, or use dispatch: allToAll with "
                    + "an ep above 1");
        else if (strategy.Dedup && !_spec.Workload.ExpertLoad.IsUniform)
            Fault($"{name}.dedup", "dedup counts the ranks of a token under uniform routing; leave out workload.expertLoad, or dedup");
    }
}
