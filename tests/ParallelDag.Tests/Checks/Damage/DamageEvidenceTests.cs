using System.Text;
using ParallelDag.Checks;
using ParallelDag.Lowering;
using ParallelDag.Tests.Support;
using ParallelDag.Wording;

namespace ParallelDag.Tests.Checks.Damage;

/// <summary>
/// What the rules say of good graphs, and of each kind of damage to one, word for word: the counts, the nodes and the numbers in the
/// evidence are those of the graph. <see cref="DamageTests"/> asks only that damage is noticed.
/// </summary>
public class DamageEvidenceTests
{
    /// <summary>
    /// Few plans, of no more than two layers, that together have stages, micro-batches, experts, both phases, uneven parts and a hand-off
    /// that moves.
    /// </summary>
    public static TheoryData<string, DetailLevel, string> Damages
    {
        get
        {
            var data = new TheoryData<string, DetailLevel, string>();
            foreach ((string name, DetailLevel detail) in new[]
            {
                ("dense", DetailLevel.Device), ("mla", DetailLevel.Operator), ("ring", DetailLevel.Operator),
                ("uneven", DetailLevel.Operator),
            })
            {
                foreach (string group in DamageKind.Every.Select(kind => kind.Group).Distinct())
                    data.Add(name, detail, group);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Damages))]
    public void Damage_is_told_word_for_word(string name, DetailLevel detail, string group)
    {
        Dag good = Graph(name, detail);
        var text = new StringBuilder();
        foreach (DamageKind kind in DamageKind.Every.Where(kind => kind.Group == group))
        {
            var graph = new GraphUnderDamage(good, seed: 3);
            if (!kind.Apply(graph))
                continue;
            text.Append($"{kind}\n");
            foreach (CheckResult result in CheckRunner.Run(graph.Build()).Failures)
            {
                string marked = Words.Invariant($"({result.Nodes.Count} nodes, {result.Edges.Count} edges)");
                text.Append($"  {result.Id}: {result.Evidence} {marked}\n");
            }
        }

        if (text.Length > 0)
            Expectation.Matches(Path.Combine("Damage", $"{name}-{group}.txt"), text.ToString());
    }

    [Theory]
    [InlineData(DetailLevel.Overview)]
    [InlineData(DetailLevel.Operator)]
    [InlineData(DetailLevel.Device)]
    public void Good_graphs_are_told_word_for_word(DetailLevel detail)
    {
        var text = new StringBuilder();
        foreach ((string name, _) in DamagedPlans.All)
        {
            text.Append($"{name}\n");
            foreach (CheckResult result in CheckRunner.Run(Graph(name, detail)).Results)
                text.Append($"  {result.Id} {result.Status}: {result.Evidence}\n");
        }

        Expectation.Matches(Path.Combine("Damage", $"good-{detail.ToString().ToLowerInvariant()}.txt"), text.ToString());
    }

    private static Dag Graph(string name, DetailLevel detail)
    {
        PlanSpec spec = DamagedPlans.All.Single(item => item.Name == name).Spec;
        int layers = Math.Max(2, Math.Max(spec.Prefill?.Pp ?? 1, spec.Decode?.Pp ?? 1));
        return DagGenerator.Generate(DeploymentPlan.Create(spec with
        {
            Model = spec.Model with { Layers = [.. spec.Model.Layers.Take(layers)] },
        }), detail);
    }
}
