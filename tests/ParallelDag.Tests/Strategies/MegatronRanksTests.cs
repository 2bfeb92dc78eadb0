using ParallelDag.Meshes;
using ParallelDag.Tests.Support;

namespace ParallelDag.Tests.Strategies;

/// <summary>
/// Groups against Megatron's two RankGenerators (megatron/core/parallel_state.py): one of attention (tp, cp, dp, pp), one of experts
/// (etp, ep, edp, pp), both with the same order, the first named axis innermost.
/// </summary>
public class MegatronRanksTests
{
    /// <summary>The groups of an axis: ranks that differ in it alone, by counting through every coordinate.</summary>
    private static List<string> Generate(string[] order, Dictionary<string, int> degrees, string of)
    {
        int world = degrees.Values.Aggregate(1, (product, degree) => product * degree);
        var groups = new SortedDictionary<int, List<int>>();
        for (int rank = 0; rank < world; rank++)
        {
            int rest = rank, first = rank, stride = 1;
            foreach (string axis in order)
            {
                if (axis == of)
                    first -= rest % degrees[axis] * stride;
                rest /= degrees[axis];
                stride *= degrees[axis];
            }

            if (!groups.TryGetValue(first, out List<int>? members))
                groups.Add(first, members = []);
            members.Add(rank);
        }

        return [.. groups.Values.Select(members => string.Join(',', members)).Order(StringComparer.Ordinal)];
    }

    private static List<string> Ours(PhaseLayout layout, Axis axis) =>
        [.. layout.Groups(axis).Select(members => string.Join(',', members)).Order(StringComparer.Ordinal)];

    /// <summary>
    /// The same wherever Megatron accepts the order: ep before dp, so that both factorings have the same pipeline groups.
    /// </summary>
    [Theory]
    [InlineData("tp,sp,ep,dp,pp")]
    [InlineData("tp,sp,ep,pp,dp")]
    [InlineData("tp,ep,sp,dp,pp")]
    public void Expert_groups_are_Megatrons(string order)
    {
        int seen = 0;
        for (int seed = 0; seed < 400; seed++)
        {
            var random = new Random(seed);
            int Two(int most) => 1 << random.Next(most);
            int tp = Two(3), sp = Two(2), dp = Two(3), pp = Two(3), etp = Two(2), ep = Two(4), stage = tp * sp * dp;
            if (stage % (etp * ep) != 0 || stage * pp > 64)
                continue;
            string[] axes = order.Split(',');
            Dictionary<string, int> attention = new() { ["tp"] = tp, ["sp"] = sp, ["ep"] = 1, ["dp"] = dp, ["pp"] = pp };
            Dictionary<string, int> experts = new() { ["tp"] = etp, ["sp"] = 1, ["ep"] = ep, ["dp"] = stage / (etp * ep), ["pp"] = pp };

            // Megatron asserts this; where pp is not outermost it holds only while experts stay within what lies inside pp.
            if (!Generate(axes, attention, "pp").SequenceEqual(Generate(axes, experts, "pp")))
                continue;
            var strategy = new PhaseStrategy
            {
                Tp = tp, Sp = sp, Dp = dp, Pp = pp, Ep = ep, Etp = etp, ExpertParallel = ExpertParallelMode.Folded,
                Dispatch = ExpertDispatch.AllToAll, AttentionOutput = AttentionOutput.ReduceScatter, Order = [.. axes],
            };
            PhaseLayout layout = DeploymentPlan.Create(TestPlans.Of(TestPlans.Moe with { Layers = pp }, strategy)).PrefillLayout!;
            foreach ((Axis ours, string theirs) in new[] { (Axis.Ep, "ep"), (Axis.Etp, "tp"), (Axis.Edp, "dp") })
            {
                if (experts[theirs] > 1)
                    Assert.Equal(Generate(axes, experts, theirs), Ours(layout, ours));
            }

            seen++;
        }

        Assert.True(seen > 30, $"only {seen} layouts");
    }
}
