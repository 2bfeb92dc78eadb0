using ParallelDag.Meshes;
using ParallelDag.Tensors;
using ParallelDag.Wording;

namespace ParallelDag.Checks;

/// <summary>
/// The mesh of a phase as the graph's header tells it: which rank each GPU is, and the process groups of any set of axes.
/// In a folded phase (one whose axes include etp and edp) the expert axes number a stage's ranks in increasing order a second time,
/// etp + ETP*(ep + EP*edp), and ep is no axis of the attention mesh.
/// </summary>
internal sealed class PhaseMesh
{
    /// <summary>Ranks beyond what a plan may have are not enumerated.</summary>
    private const int MaxRanks = 1 << 20;

    private readonly Dictionary<int, int> _rankOf;
    private readonly DeviceMesh _ranks;
    private readonly DeviceMesh _experts;
    private readonly DeviceMesh _caches;
    private readonly int[] _gpuOfRank;
    private readonly int[] _stageOfRank;
    private readonly int[] _rankInStage;
    private readonly Dictionary<string, GroupMap> _groups = [];
    private readonly Dictionary<(int Group, TensorPlacement Placement), bool> _tokensDiffer = [];
    private List<List<int>>? _expertGroups;

    private PhaseMesh(DagPhase phase, DeviceMesh ranks, DeviceMesh experts, DeviceMesh caches, bool folded)
    {
        _caches = caches;
        Phase = phase;
        _ranks = ranks;
        _experts = experts;
        IsFolded = folded;
        _rankOf = new Dictionary<int, int>(ranks.Size);
        _gpuOfRank = [.. phase.RankGpus ?? phase.Gpus.AsEnumerable()];
        for (int rank = 0; rank < _gpuOfRank.Length; rank++)
            _rankOf[_gpuOfRank[rank]] = rank;

        _stageOfRank = new int[ranks.Size];
        _rankInStage = new int[ranks.Size];
        int[] filled = new int[ranks.Degree(Axis.Pp)];
        for (int rank = 0; rank < ranks.Size; rank++)
        {
            int stage = ranks.Coordinate(rank, Axis.Pp);
            _stageOfRank[rank] = stage;
            _rankInStage[rank] = filled[stage]++;
        }
    }

    /// <summary>The phase.</summary>
    public DagPhase Phase { get; }

    /// <summary>True when the ranks of a stage are factored a second time for the experts.</summary>
    public bool IsFolded { get; }

    /// <summary>
    /// The mesh of a phase; null when the header lacks axes or they do not multiply to the phase's GPUs, with what is wrong in
    /// <paramref name="fault"/>.
    /// </summary>
    public static PhaseMesh? Of(DagPhase phase, out string? fault)
    {
        fault = null;
        if (phase.Axes.Count == 0 || phase.Order.Count == 0 || phase.Stages.Count == 0)
            return null;
        bool folded = phase.Axes.ContainsKey("etp") || phase.Axes.ContainsKey("edp");
        var axes = new List<(Axis, int)>();
        foreach (string name in phase.Order)
        {
            if (!Axes.TryParse(name, out Axis axis) || axes.Exists(known => known.Item1 == axis))
                return Refuse($"'{Inspection.OneLine(name)}' is no mesh axis or occurs twice in the order", out fault);
            if (axis is Axis.Etp or Axis.Edp or Axis.Dcp or Axis.Htp || (folded && axis == Axis.Ep))
                continue;
            axes.Add((axis, phase.Axes.GetValueOrDefault(name, 1)));
        }

        (Axis, int)[] expertAxes =
            [.. new[] { Axis.Etp, Axis.Ep, Axis.Edp, Axis.Replica }.Select(axis => (axis, phase.Axes.GetValueOrDefault(axis.ToName(), 1)))];
        long world = Product(axes), stageRanks = Product(axes.Where(axis => axis.Item1 != Axis.Pp));
        int gpus = phase.RankGpus?.Count ?? phase.Gpus.Count;
        if (world != gpus || world > MaxRanks)
            return Refuse(Words.Invariant($"the axes multiply to {world} ranks on {gpus} GPUs"), out fault);
        if (folded && Product(expertAxes) != stageRanks)
            return Refuse(Words.Invariant($"the expert axes multiply to {Product(expertAxes)} ranks of the {stageRanks} of a stage"),
                out fault);
        int parts = phase.Axes.GetValueOrDefault("dcp", 1), heads = phase.Axes.GetValueOrDefault("htp", 1),
        tp = phase.Axes.GetValueOrDefault("tp", 1);
        if (parts > 1 && (long)parts * heads != tp)
            return Refuse(Words.Invariant($"dcp {parts} and htp {heads} do not multiply to tp {tp}"), out fault);
        (Axis, int)[] caches = [.. axes.SelectMany(axis =>
            parts > 1 && axis.Item1 == Axis.Tp ? new[] { (Axis.Dcp, parts), (Axis.Htp, heads) } : [axis])];
        return new PhaseMesh(phase, new DeviceMesh([.. axes]),
            folded ? new DeviceMesh(expertAxes) : new DeviceMesh([.. axes]).Without(Axis.Pp),
            new DeviceMesh(caches), folded);
    }

    /// <summary>The GPU of each rank.</summary>
    public IReadOnlyList<int> Gpus => _gpuOfRank;

    /// <summary>The rank of a GPU, or -1.</summary>
    public int RankOf(int gpu) => _rankOf.GetValueOrDefault(gpu, -1);

    /// <summary>The degree of the expert axis.</summary>
    public int ExpertRanks => _experts.Degree(Axis.Ep);

    /// <summary>How often a stage holds the experts of one coordinate: its ranks that differ in other axes.</summary>
    public int ExpertReplicas => _experts.Size / _experts.Degree(Axis.Ep);

    /// <summary>The coordinate of a GPU along the expert axis, or -1 outside the phase.</summary>
    public int ExpertRankOf(int gpu) => RankOf(gpu) is int rank and >= 0 ? _experts.Coordinate(_rankInStage[rank], Axis.Ep) : -1;

    /// <summary>True when ranks of a stage hold different sequences or positions.</summary>
    public bool SplitsTokens => _ranks.Degree([Axis.Replica, Axis.Dp, Axis.Ep, Axis.Sp]) > 1;

    /// <summary>True where ranks hold other positions of one cache.</summary>
    public bool SplitsCache => _caches.Degree(Axis.Dcp) > 1;

    /// <summary>The attention axes of a stage with more than one rank.</summary>
    public IReadOnlyList<Axis> TokenAxes => field ??= [.. _ranks.Axes.Where(axis => axis != Axis.Pp && _ranks.Degree(axis) > 1)];

    /// <summary>The axes that place a cache that is split by token, with more than one rank; those of tokens where none is.</summary>
    public IReadOnlyList<Axis> CacheAxes => field ??= [.. _caches.Axes.Where(axis => axis != Axis.Pp && _caches.Degree(axis) > 1)];

    /// <summary>The axes that place experts, with more than one rank: ep and what splits an expert.</summary>
    public IReadOnlyList<Axis> ExpertAxes =>
        field ??= [.. new[] { Axis.Ep, IsFolded ? Axis.Etp : Axis.Tp }.Where(axis => _experts.Degree(axis) > 1)];

    /// <summary>The number of a GPU's expert group; -1 outside the phase.</summary>
    public int ExpertGroupNumberOf(int gpu) => RankOf(gpu) is int rank and >= 0 ? Groups(Axis.Ep).GroupOfRank[rank] : -1;

    /// <summary>The degree of an attention axis.</summary>
    public int Degree(Axis axis) => _ranks.Degree(axis);

    /// <summary>The coordinate of a GPU along an axis of either factoring; -1 outside the phase.</summary>
    public int Coordinate(int gpu, Axis axis) => RankOf(gpu) is not (int rank and >= 0) ? -1
        : axis is Axis.Etp or Axis.Edp || (IsFolded && axis == Axis.Ep) ? _experts.Coordinate(_rankInStage[rank], axis)
        : _ranks.Coordinate(rank, axis);

    /// <summary>The stage of a GPU, from 1; 0 outside the phase.</summary>
    public int StageOf(int gpu) => RankOf(gpu) is int rank and >= 0 ? _stageOfRank[rank] + 1 : 0;

    /// <summary>The degree of an axis of either factoring.</summary>
    public int DegreeOf(Axis axis) =>
        axis is Axis.Etp or Axis.Edp || (IsFolded && axis == Axis.Ep) ? _experts.Degree(axis) : _ranks.Degree(axis);

    /// <summary>
    /// The position of a GPU among those of its stage, in the order of ranks: what pairs the GPUs of two stages; -1 outside the phase.
    /// </summary>
    public int PositionInStage(int gpu) => RankOf(gpu) is int rank and >= 0 ? _rankInStage[rank] : -1;

    /// <summary>
    /// The GPUs that exchange tokens with <paramref name="gpu"/>: those of its stage that differ in the expert coordinate alone.
    /// </summary>
    public GpuSet ExpertGroupOf(int gpu) => GpuSet.FromGpus(ExpertGroup(gpu).Select(rank => _gpuOfRank[rank]));

    /// <summary>
    /// True when a tensor placed so holds other tokens on other members of the GPU's expert group: some axis that splits batch or sequence
    /// tells them apart.
    /// </summary>
    public bool TokensDiffer(int gpu, TensorPlacement placement)
    {
        int own = RankOf(gpu);
        if (own < 0)
            return false;
        var key = (Groups(Axis.Ep).GroupOfRank[own], placement);
        if (_tokensDiffer.TryGetValue(key, out bool known))
            return known;
        List<int> group = ExpertGroup(gpu);
        bool differ = false;
        foreach ((Axis axis, Placement placed) in placement.Axes)
            differ |= placed.Dimension is "batch_size" or "seq_len"
                && group.Exists(rank => _ranks.Coordinate(rank, axis) != _ranks.Coordinate(own, axis));
        _tokensDiffer.Add(key, differ);
        return differ;
    }

    /// <summary>The ranks of a GPU's expert group, ascending.</summary>
    private List<int> ExpertGroup(int gpu)
    {
        int[] groupOf = Groups(Axis.Ep).GroupOfRank;
        if (_expertGroups is null)
        {
            _expertGroups = [];
            for (int rank = 0; rank < groupOf.Length; rank++)
            {
                while (_expertGroups.Count <= groupOf[rank])
                    _expertGroups.Add([]);
                _expertGroups[groupOf[rank]].Add(rank);
            }
        }

        return RankOf(gpu) is int own and >= 0 ? _expertGroups[groupOf[own]] : [];
    }

    /// <summary>
    /// The process groups of a set of axes: of the expert factoring where etp, edp or a folded ep is among them, else of the attention
    /// mesh.
    /// </summary>
    public GroupMap Groups(params Axis[] axes)
    {
        string key = string.Join(',', axes.Select(axis => axis.ToName()));
        if (_groups.TryGetValue(key, out GroupMap? map))
            return map;
        if (Array.Exists(axes, axis => axis is Axis.Dcp or Axis.Htp))
        {
            map = new GroupMap(key, _caches.GroupOfRank(axes, out _), _caches.Degree(axes));
            _groups.Add(key, map);
            return map;
        }

        bool expert = Array.Exists(axes, axis => axis is Axis.Etp or Axis.Edp || (IsFolded && axis == Axis.Ep));
        int[] groupOf = expert ? ByStage(_experts.GroupOfRank(axes, out int inStage), inStage) : _ranks.GroupOfRank(axes, out _);
        map = new GroupMap(key, groupOf, (expert ? _experts : _ranks).Degree(axes));
        _groups.Add(key, map);
        return map;
    }

    /// <summary>Groups of the expert factoring of one stage, told apart by stage.</summary>
    private int[] ByStage(int[] groupInStage, int groups)
    {
        int[] groupOf = new int[_ranks.Size];
        for (int rank = 0; rank < groupOf.Length; rank++)
            groupOf[rank] = (_stageOfRank[rank] * groups) + groupInStage[_rankInStage[rank]];
        return groupOf;
    }

    private static long Product(IEnumerable<(Axis, int Degree)> axes)
    {
        long product = 1;
        foreach ((_, int degree) in axes)
        {
            // A hostile header may name any numbers; past the limit the exact product no longer matters.
            if (degree < 1 || product > MaxRanks)
                return degree < 1 ? 0 : product;
            product *= degree;
        }

        return product;
    }

    private static PhaseMesh? Refuse(string reason, out string? fault)
    {
        fault = reason;
        return null;
    }
}

/// <summary>The process groups of one set of axes.</summary>
/// <param name="Axes">The axes: <c>tp</c> or <c>sp,tp</c>.</param>
/// <param name="GroupOfRank">The group of each rank of the phase.</param>
/// <param name="Size">The members of a group.</param>
internal sealed record GroupMap(string Axes, int[] GroupOfRank, int Size);
