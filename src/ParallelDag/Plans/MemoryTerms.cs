using ParallelDag.Accounting;
using ParallelDag.Layers;
using ParallelDag.Meshes;
using ParallelDag.Operators;
using ParallelDag.Precisions;

namespace ParallelDag.Plans;

/// <summary>The terms of a phase's memory.</summary>
internal sealed class MemoryTerms
{
    private readonly DeploymentPlan _plan;
    private readonly PhaseLayout _layout;
    private readonly PhaseSections _sections;
    private readonly (int Stage, int Rank) _fullest;
    private readonly Dictionary<(WeightClass Class, string Axes), Sum> _weights = [];

    private MemoryTerms(DeploymentPlan plan, PhaseLayout layout, (int Stage, int Rank) fullest)
    {
        (_plan, _layout, _fullest) = (plan, layout, fullest);
        _sections = plan.Sections(layout);
    }

    /// <summary>Weights by class, KV cache, activations.</summary>
    public static IReadOnlyList<MemoryTerm> Of(DeploymentPlan plan, PhaseLayout layout)
    {
        RankMemory[][] ranks = MemoryPlan.RanksOf(plan, layout);
        (int Stage, int Rank) fullest = default;
        for (int stage = 0; stage < ranks.Length; stage++)
        {
            for (int rank = 0; rank < ranks[stage].Length; rank++)
            {
                if (ranks[stage][rank].Total > ranks[fullest.Stage][fullest.Rank].Total)
                    fullest = (stage, rank);
            }
        }

        var terms = new MemoryTerms(plan, layout, fullest);
        terms.AddWeights();
        RankMemory full = ranks[fullest.Stage][fullest.Rank];
        return
        [
            .. terms._weights.OrderBy(entry => entry.Key.Class)
                .Select(entry => entry.Value.ToTerm(entry.Key.Class.ToName(), layout.AxisDegrees)),
            terms.Cache(full.KvCache, ranks.Sum(stage => stage.Sum(rank => rank.KvCache))),
            new MemoryTerm("activations", 0, [], full.Activations, ranks.Sum(stage => stage.Sum(rank => rank.Activations))),
        ];
    }

    private void AddWeights()
    {
        AddSection(_sections.Entry, stage => stage.Index == 1 ? 1 : 0, pipelined: false);
        for (int kind = 0; kind < _sections.Kinds.Count; kind++)
        {
            int own = kind;
            AddSection(_sections.Kinds[kind], stage => LayersOf(own, stage), pipelined: true);
        }

        AddSection(_sections.Exit, stage => stage.Index == _layout.Stages.Count ? 1 : 0, pipelined: false);
    }

    private int LayersOf(int kind, DagStage stage) => Enumerable.Range(stage.FirstLayer, stage.LastLayer - stage.FirstLayer + 1)
        .Count(layer => _plan.Model.KindOfLayer[layer - 1] == kind);

    private void AddSection(OperatorProgram program, Func<DagStage, int> timesOf, bool pipelined)
    {
        int times = _layout.Stages.Sum(timesOf), fullest = timesOf(_layout.Stages[_fullest.Stage]);
        long[] ranksOfClass = new long[program.Classes.Count];
        foreach (int index in program.Classes.ClassOfRank)
            ranksOfClass[index]++;
        foreach (PlacedWeight weight in program.Steps.SelectMany(step => step.Weights).Where(weight => weight is not BorrowedWeight))
        {
            HashSet<Axis> axes = [.. weight.SplitAxes, .. pipelined ? [Axis.Pp] : (Axis[])[]];
            var key = (weight.Spec.Class, string.Join(',', axes.Order()));
            if (!_weights.TryGetValue(key, out Sum? sum))
                _weights.Add(key, sum = new Sum { Axes = axes });
            sum.Modules.Add(weight.Spec.Module[(weight.Spec.Module.LastIndexOf('.') + 1)..]);
            sum.Whole = checked(sum.Whole + (weight.Spec.Bytes(weight.Format) * times));
            sum.Fullest = checked(sum.Fullest + (weight.Bytes(_fullest.Rank) * fullest));
            for (int index = 0; index < ranksOfClass.Length; index++)
                sum.All = checked(sum.All + (weight.Bytes(program.Classes.Representatives[index]) * ranksOfClass[index] * times));
        }
    }

    private MemoryTerm Cache(long fullest, long all)
    {
        PhaseContext context = _sections.Context;
        long whole = 0;
        bool heads = false, positions = false;
        foreach (Mixer mixer in _plan.Model.LayerKinds.Select(layer => layer.Mixer).OfType<Mixer>())
        {
            heads |= mixer.Cache.Any(tensor => tensor.Dimension is not null && tensor.Units > 1);
            positions |= mixer.Cache.Any(tensor => !tensor.PerSequence);
        }

        whole = checked(ModelSize.CacheBytesOfSequence(_plan.Model, context.OfPrompt().Length) * _layout.Sequences);
        Axis[] axes = [Axis.Replica, Axis.Pp, Axis.Dp, .. IsFolded ? (Axis[])[] : [Axis.Ep], 
            .. heads ? [_layout.Strategy.KvParallel > 1 ? Axis.Htp : Axis.Tp] : (Axis[])[], Axis.Dcp,
            .. positions ? [Axis.Sp] : (Axis[])[]];
        return new Sum { Whole = whole, Fullest = fullest, All = all, Axes = [.. axes] }.ToTerm("KV cache", _layout.AxisDegrees);
    }

    private bool IsFolded => _layout.Strategy.ExpertParallel == ExpertParallelMode.Folded;

    /// <summary>A term under way.</summary>
    private sealed class Sum
    {
        public long Whole { get; set; }

        public long Fullest { get; set; }

        public long All { get; set; }

        public HashSet<Axis> Axes { get; init; } = [];

        public SortedSet<string> Modules { get; } = new(StringComparer.Ordinal);

        public MemoryTerm ToTerm(string name, IReadOnlyDictionary<string, int> degrees) => new(
            name,
            Whole,
            [.. new[] { Axis.Replica, Axis.Pp, Axis.Dp, Axis.Ep, Axis.Etp, Axis.Tp, Axis.Dcp, Axis.Htp, Axis.Sp }
                .Where(Axes.Contains).Select(axis => axis.ToName())
                .Where(axis => degrees.GetValueOrDefault(axis, 1) > 1).Select(axis => KeyValuePair.Create(axis, degrees[axis]))],
            Fullest,
            All)
        {
            Modules = string.Join(", ", Modules),
        };
    }
}
