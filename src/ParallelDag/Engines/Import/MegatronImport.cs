using System.Globalization;
using System.Text.RegularExpressions;
using ParallelDag.Documents;
using ParallelDag.Plans;
using ParallelDag.Wording;

namespace ParallelDag.Engines.Import;

/// <summary>
/// Megatron-Core's arguments: the folded mesh (attention tp-cp-dp-pp, experts etp-ep-edp over the same ranks), and the model, which they
/// tell too.
/// </summary>
internal static partial class MegatronImport
{
    /// <summary>The strategy.</summary>
    public static PhaseStrategy Strategy(EngineArguments arguments, bool hasExperts)
    {
        int tp = arguments.Count("tp", 1), sp = arguments.Count("sp", 1), pp = arguments.Count("pp", 1), ep = arguments.Count("ep", 1);
        int world = arguments.Count("nnodes", 1) * arguments.Count("perNode", 0), model = tp * sp * pp;
        if (world % model != 0)
            throw new InputException(
                Words.Invariant($"{world} ranks are no multiple of tp*cp*pp = {model}; Megatron-Core would not start"));
        int etp = arguments.Count("etp", tp), dp = world > 0 ? world / model : Math.Max(1, ep * etp / (tp * sp));
        bool folded = hasExperts && (ep > 1 || etp != tp);
        ExpertDispatch? dispatch = !folded || (dp * sp == 1 && !arguments.Has("sequenceParallel")) ? null
            : arguments.Text("dispatch") is "alltoall" or "flex" ? ExpertDispatch.AllToAll : ExpertDispatch.AllGather;
        string method = arguments.Text("cpMethod")?.Split(' ')[0] ?? "p2p";
        return new PhaseStrategy
        {
            Tp = tp,
            Sp = sp,
            Pp = pp,
            Dp = dp,
            ExpertParallel = folded ? ExpertParallelMode.Folded : ExpertParallelMode.Dedicated,
            Ep = folded ? ep : 1,
            Etp = folded ? etp : 1,
            Dispatch = dispatch,
            SpMethod = sp == 1 || method == "all_gather" ? SequenceMethod.AllGather : method == "a2a" ? SequenceMethod.Ulysses
                : SequenceMethod.Ring,
        };
    }

    /// <summary>Layers of each stage: <c>Et*15|t*15|t*16|t*15L</c>, or the first and the last stage by number; null for the even
    /// split.</summary>
    public static int[]? Layers(EngineArguments arguments)
    {
        int pp = arguments.Count("pp", 1), layers = arguments.Count("layers", 0);
        if (arguments.Text("layout") is string layout)
            return [.. Expanded(layout).Split('|').Select(stage => stage.Count(c => c == 't'))];
        if (pp < 2 || (!arguments.Has("firstLayers") && !arguments.Has("lastLayers")))
            return null;
        int? first = arguments.CountOrNull("firstLayers"), last = arguments.CountOrNull("lastLayers");
        int others = pp - (first is null ? 0 : 1) - (last is null ? 0 : 1);
        int each = others == 0 ? 0 : (layers - (first ?? 0) - (last ?? 0)) / others;
        return [.. Enumerable.Range(0, pp)
            .Select(stage => stage == 0 && first is int head ? head : stage == pp - 1 && last is int tail ? tail : each)];
    }

    /// <summary>The model section of a plan, as far as the arguments tell it; null where a size is missing.</summary>
    public static DocumentMap? Model(EngineArguments arguments)
    {
        string[] needed = ["layers", "hidden", "heads", "vocab"];
        if (needed.Any(means => arguments.CountOrNull(means) is null))
            return null;
        int hidden = arguments.Count("hidden", 1), ffn = arguments.Count("ffn", 4 * hidden), heads = arguments.Count("heads", 1);
        bool bias = !arguments.Has("noBias"), layerNorm = arguments.Text("norm") is null or "LayerNorm";
        DocumentNode? Number(string means) => arguments.CountOrNull(means) is int value ? PlanDocument.Number(value) : null;
        DocumentMap? moe = !arguments.Has("experts") ? null : PlanDocument.Map(
            ("experts", Number("experts")), ("topK", PlanDocument.Number(arguments.Count("topK", 2))), ("ffn", Number("expertFfn")),
            ("sharedExperts", arguments.Has("sharedFfn") ? PlanDocument.Number(1) : null), ("sharedFfn", Number("sharedFfn")));
        DocumentMap? mla = !arguments.Has("mla") ? null : PlanDocument.Map(
            ("qLoraRank", Number("qLora")), ("kvLoraRank", PlanDocument.Number(arguments.Count("kvLora", 32))),
            ("qkNopeHeadDim", PlanDocument.Number(arguments.Count("qkNope", 128))),
                ("qkRopeHeadDim", PlanDocument.Number(arguments.Count("qkRope", 64))),
            ("vHeadDim", PlanDocument.Number(arguments.Count("vHead", 128))));
        return PlanDocument.Map(
            ("layers", Number("layers")),
            ("hidden", Number("hidden")),
            ("heads", Number("heads")),
            ("kvHeads", arguments.Has("groupQuery") ? PlanDocument.Number(arguments.Count("kvHeads", 1)) : null),
            ("headDim", mla is null ? Number("headDim") : null),
            ("ffn", PlanDocument.Number(ffn)),
            ("gatedFfn", arguments.Has("gated") ? null : PlanDocument.Flag(false)),
            ("vocab", Number("vocab")),
            ("tiedEmbeddings", arguments.Has("untied") ? null : PlanDocument.Flag(true)),
            ("qkNorm", arguments.Has("qkNorm") ? PlanDocument.Flag(true) : null),
            ("qkvBias", bias || arguments.Has("qkvBias") ? PlanDocument.Flag(true) : null),
            ("outputBias", bias ? PlanDocument.Flag(true) : null),
            ("ffnBias", bias ? PlanDocument.Flag(true) : null),
            ("norm", layerNorm ? PlanDocument.Text("layerBias") : null),
            ("learnedPositions", arguments.Text("positionKind") is null or "learned_absolute" ? Number("positions") : null),
            ("moe", moe),
            ("mla", mla));
    }

    private static string Expanded(string layout) => Repeated()
        .Replace(Group().Replace(layout.Replace(",", "", StringComparison.Ordinal), Copies), Copies);

    private static string Copies(Match match) =>
        string.Concat(Enumerable.Repeat(
            match.Groups[1].Value, Math.Min(4096, int.Parse(match.Groups[2].Value, CultureInfo.InvariantCulture))));

    [GeneratedRegex(@"\(([^()]*)\)\*(\d{1,4})")]
    private static partial Regex Group();

    [GeneratedRegex(@"([A-Za-z])\*(\d{1,4})")]
    private static partial Regex Repeated();
}
