using ParallelDag.Migrations;
using ParallelDag.Plans;
using ParallelDag.Tests.Support;

namespace ParallelDag.Tests.Migrations;

public class MigrationTests
{
    public static TheoryData<int> Seeds => [.. Enumerable.Range(0, 30)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Applied_to_the_one_placement_it_gives_the_other(int seed)
    {
        DeploymentPlan from = TestPlans.Random(seed), to = Beside(from, seed);
        Applies(Holdings.OfWeights(from), Holdings.OfWeights(to));
        Applies(Holdings.OfCache(from), Holdings.OfCache(to));
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Nothing_moves_from_a_plan_to_itself(int seed)
    {
        DeploymentPlan plan = TestPlans.Random(seed);
        PlanMigration migration = PlanMigration.Of(plan, plan);
        Assert.Empty(migration.Moves);
        Assert.Equal(0, migration.LeastSeconds);
        long weights = MemoryPlan.OfGpus(plan).Values.Sum(memory => memory.WeightBytes);
        Assert.True(migration.KeptBytes > 0 && weights > 0);
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Weights_are_those_of_the_memory_plan(int seed)
    {
        // Every GPU of a plan of one phase holds what the memory plan counts (matrices that a rank has twice are one to copy).
        DeploymentPlan plan = TestPlans.Random(seed);
        if (plan.Phases.Count != 1 || plan.Phases[0].Strategy.RedundantExperts > 0)
            return;
        Holdings holdings = Holdings.OfWeights(plan);
        Dictionary<int, long> bytes = holdings.All.SelectMany(held => holdings.Of(held).Select(holder =>
            (holder.Gpu, Bytes: holdings.Bytes(held, holder.Box))))
            .GroupBy(part => part.Gpu).ToDictionary(parts => parts.Key, parts => parts.Sum(part => part.Bytes));
        Assert.All(MemoryPlan.OfGpus(plan), memory => Assert.Equal(memory.Value.WeightBytes, bytes[memory.Key]));
    }

    [Fact]
    public void Another_order_of_ranks_moves_experts_and_counts_the_busiest_link()
    {
        PlanSpec after = TestPlans.Reference with
        {
            Prefill = TestPlans.Reference.Prefill! with { Order = ["tp", "ep", "sp", "dp", "pp"] },
        };
        PlanMigration migration = PlanMigration.Of(DeploymentPlan.Create(TestPlans.Reference), DeploymentPlan.Create(after));
        Assert.Equal(0, migration.StorageBytes);
        Assert.True(migration.WeightBytes > 0);
        Assert.True(migration.CacheBytes > 0);

        // Half of an expert's three 512 x 2048 matrices in bf16, four experts, four layers.
        MigrationMove move = migration.Moves.First(move => move is { Kind: MigrationKind.Weights, To: 2 });
        Assert.Equal(3L * 512 * 2048 / 2 * 2 * 4 * 4, move.Bytes);
        Assert.Equal(LinkLevel.Domain, move.Link);
        double busiest = migration.Moves.Where(one => one.Link == LinkLevel.Network).GroupBy(one => one.To)
            .Concat(migration.Moves.Where(one => one.Link == LinkLevel.Network).GroupBy(one => one.From!.Value))
            .Max(gpu => gpu.Sum(one => (double)one.Bytes));
        Assert.True(migration.LeastSeconds >= busiest / 50e9 * 0.999999);
    }

    [Fact]
    public void Clusters_must_be_the_same()
    {
        DeploymentPlan plan = DeploymentPlan.Create(TestPlans.Reference);
        DeploymentPlan other = DeploymentPlan.Create(TestPlans.Reference with
        {
            Cluster = TestPlans.Reference.Cluster with { Gpus = 128 },
        });
        Assert.Contains("same 'cluster'", Assert.Throws<InputException>(() =>
            PlanMigration.Of(plan, other)).Message, StringComparison.Ordinal);
    }

    /// <summary>Another random way to run the same model on the same GPUs.</summary>
    private static DeploymentPlan Beside(DeploymentPlan plan, int seed)
    {
        for (int number = 10_000 + (seed * 1000); ; number++)
        {
            DeploymentPlan candidate = TestPlans.Random(number);
            PlanSpec spec = plan.Spec with { Prefill = candidate.Prefill, Decode = candidate.Decode };
            if (PlanValidator.Validate(spec).Count == 0)
                return DeploymentPlan.Create(spec);
        }
    }

    /// <summary>Every part that the new placement needs is there: kept, or sent by somebody who holds it. Looked at cell by cell.</summary>
    private static void Applies(Holdings before, Holdings after)
    {
        (List<MigrationPiece> pieces, _) = MigrationPieces.Of(before, after);
        ILookup<(HeldTensor, int), MigrationPiece> arriving = pieces.ToLookup(piece => (piece.Held, piece.To));
        foreach (MigrationPiece piece in pieces)
        {
            if (piece.From is int from)
                Assert.Contains(before.Of(piece.Held), holder => holder.Gpu == from && holder.Box.Common(piece.Box) == piece.Box);
            else
                Assert.DoesNotContain(before.Of(piece.Held), holder => holder.Box.Common(piece.Box) is not null);
        }

        foreach (HeldTensor held in after.All)
        {
            foreach (Holder need in after.Of(held))
            {
                HeldBox[] there = [.. before.Of(held).Where(holder => holder.Gpu == need.Gpu).Select(holder => holder.Box)];
                HeldBox[] sent = [.. arriving[(held, need.Gpu)].Select(piece => piece.Box)];
                foreach ((long row, long unit, long position) in Cells(need.Box))
                    Assert.True(there.Concat(sent).Any(box => Contains(box, row, unit, position)), $"{held} {need}");
            }
        }
    }

    private static IEnumerable<(long Row, long Unit, long Position)> Cells(HeldBox box)
    {
        long[] rows = [.. Corners(box.First)], units = box.Second.Length == 0 ? [0] : [.. Corners(box.Second)];
        foreach (long row in rows)
        {
            foreach (long unit in units)
            {
                for (int time = 0; time < (box.Parts == 1 && box.Second.Length == 0 ? 1 : 12); time++)
                    yield return (row, unit, box.Part + ((long)time * box.Parts));
            }
        }
    }

    // All of a small range, and of a large one some forty places.
    private static IEnumerable<long> Corners((long Start, long Length) range)
    {
        long step = Math.Max(1, range.Length / 40);
        for (long at = range.Start; at < range.Start + range.Length; at += step)
            yield return at;
    }

    private static bool Contains(HeldBox box, long row, long unit, long position) =>
        row >= box.First.Start && row < box.First.Start + box.First.Length
        && (box.Second.Length == 0 || (unit >= box.Second.Start && unit < box.Second.Start + box.Second.Length))
        && position % box.Parts == box.Part;
}
