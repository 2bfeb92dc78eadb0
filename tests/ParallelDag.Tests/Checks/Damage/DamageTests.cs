using ParallelDag.Checks;
using ParallelDag.Lowering;
using ParallelDag.Tests.Support;
using ParallelDag.Wording;

namespace ParallelDag.Tests.Checks.Damage;

/// <summary>The bar of the checker: of many kinds of damage to good graphs of many plans it notices at least 98 in a hundred.</summary>
public class DamageTests(ITestOutputHelper output)
{
    private const double Bar = 0.98;

    [Fact]
    public void Damage_is_noticed()
    {
        var applied = new Dictionary<string, int>();
        var missed = new Dictionary<string, List<string>>();
        foreach ((string name, Dag dag) in Graphs())
        {
            CheckReport whole = CheckRunner.Run(dag);
            Assert.True(whole.Holds, $"{name}: {string.Join('\n', whole.Failures)}");
            foreach (DamageKind kind in DamageKind.Every)
            {
                for (int seed = 0; seed < (dag.Detail == DetailLevel.Device ? 1 : 2); seed++)
                {
                    var graph = new GraphUnderDamage(dag, seed);
                    if (!kind.Apply(graph))
                        continue;
                    applied[kind.ToString()] = applied.GetValueOrDefault(kind.ToString()) + 1;
                    if (!CheckRunner.Run(graph.Build()).Holds)
                        continue;
                    if (!missed.TryGetValue(kind.ToString(), out List<string>? where))
                        missed.Add(kind.ToString(), where = []);
                    where.Add($"{name}/{seed}");
                }
            }
        }

        int all = applied.Values.Sum(), lost = missed.Values.Sum(list => list.Count);
        double share = 1 - ((double)lost / all);
        output.WriteLine(Words.Invariant($"{all - lost} of {all} mutants of {applied.Count} kinds noticed: {share:P2}"));
        foreach ((string kind, List<string> where) in missed.OrderByDescending(item => item.Value.Count))
            output.WriteLine($"{where.Count} of {applied[kind]} missed: {kind}: {string.Join(' ', where)}");
        foreach (DamageKind kind in DamageKind.Every.Where(kind => !applied.ContainsKey(kind.ToString())))
            output.WriteLine($"never applied: {kind}");
        Assert.True(share >= Bar,
            Words.Invariant(
            $"only {share:P2} noticed; {string.Join("; ", missed.Select(item => $"{item.Key} {item.Value.Count}/{applied[item.Key]}"))}"));
    }

    private static IEnumerable<(string Name, Dag Dag)> Graphs()
    {
        foreach ((string name, PlanSpec spec) in DamagedPlans.All)
        {
            DeploymentPlan plan = DeploymentPlan.Create(spec);
            yield return (name, DagGenerator.Generate(plan));
            yield return ($"{name} device", DagGenerator.Generate(plan, DetailLevel.Device));
        }
    }
}
