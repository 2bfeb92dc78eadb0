using ParallelDag.Accounting;
using ParallelDag.Graphs;
using ParallelDag.Lowering;
using ParallelDag.Pictures;
using ParallelDag.Pictures.Canvas;
using ParallelDag.Pictures.ExpertGrid;
using ParallelDag.Pictures.Facts;
using ParallelDag.Pictures.MemoryBars;
using ParallelDag.Pictures.StageOverview;
using ParallelDag.Pictures.TrafficMatrix;
using ParallelDag.Plans;
using ParallelDag.Tests.Support;

namespace ParallelDag.Tests.Pictures;

/// <summary>The numbers on pictures are those of the graph and of the accounting.</summary>
public class PictureFactsTests
{
    private static readonly DeploymentPlan Reference = DeploymentPlan.Create(TestPlans.Reference);

    public static TheoryData<int> Seeds => [.. Enumerable.Range(0, 40)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Exchanges_carry_the_bytes_of_the_graph(int seed)
    {
        DeploymentPlan plan = TestPlans.Random(seed);
        Dag dag = DagGenerator.Generate(plan, DetailLevel.Operator);

        foreach (PhaseLayout layout in plan.Phases)
        {
            decimal Graph(Func<NodeFacts, bool> choose) => Enumerable.Range(0, dag.NodeCount)
                .Where(node => dag.ScopeOf(node).Phase == layout.Id && choose(dag.FactsOf(node)))
                    .Sum(node => (decimal)dag.FactsOf(node).WireBytes);
            Exchange[] own = [.. Exchange.Of(plan).Where(exchange => exchange.Layout == layout)];
            decimal Sum(EdgeKind kind) => own.Where(exchange => exchange.Kind == kind).Sum(exchange => (decimal)exchange.WireBytes);

            Assert.Equal(Graph(facts => facts.Op == Ops.PipelineSendRecv), Sum(EdgeKind.Pipeline));
            Assert.Equal(Graph(facts => facts.Op == Ops.KvTransfer), Sum(EdgeKind.Kv));
            Assert.Equal(Graph(facts => facts.Op is not (Ops.PipelineSendRecv or Ops.KvTransfer)), Sum(EdgeKind.Data));
        }
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Matrices_of_nodes_hold_every_byte_once(int seed)
    {
        DeploymentPlan plan = TestPlans.Random(seed);
        foreach (int blocks in new[] { 3, 64 })
        {
            NodeTraffic traffic = NodeTraffic.Of(plan, _ => true, blocks);
            Exchange[] all = [.. Exchange.Of(plan)];
            double sum = 0, crossing = 0;
            for (int from = 0; from < traffic.Blocks; from++)
            {
                for (int to = 0; to < traffic.Blocks; to++)
                {
                    sum += traffic[from, to];
                    crossing += from == to ? 0 : traffic[from, to];
                }
            }

            Assert.Equal(all.Sum(exchange => (double)exchange.WireBytes), sum, 1e-6 * Math.Max(1, sum));
            if (traffic.NodesPerBlock == 1)
                Assert.Equal(all.Sum(exchange => (double)exchange.WireBytes * exchange.CrossingShare(NodeUnit.Size(plan.Cluster))),
                    crossing, 1e-6 * Math.Max(1, sum));
        }
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Bars_sum_to_the_memory_of_a_GPU(int seed)
    {
        DeploymentPlan plan = TestPlans.Random(seed);
        IReadOnlyList<DagMemory> fullest = MemoryPlan.Of(plan);
        IReadOnlyList<MemoryRow> rows = MemoryRow.Of(new PictureSubject(plan, new CheckReport("", [])), int.MaxValue);

        Assert.All(rows, row => Assert.Equal(row.Memory.WeightBytes, row.Weights(plan).Sum(pair => pair.Value)));
        Assert.Equal(fullest.Max(memory => memory.UnionBytes), rows.Max(row => row.Memory.TotalBytes));
        Assert.Equal(
            GpuSet.FromGpus(plan.Phases.SelectMany(layout => layout.RankGpus)), GpuSet.UnionAll(rows.Select(row => row.Gpus)));
        Assert.Equal(rows.Sum(row => row.Gpus.Count), GpuSet.UnionAll(rows.Select(row => row.Gpus)).Count);
    }

    /// <summary>A chunk is a part of the prompts of a micro-batch; the cache holds all of every one.</summary>
    [Theory]
    [InlineData(null, 1)]
    [InlineData(null, 2)]
    [InlineData(40, 1)]
    [InlineData(40, 2)]
    public void More_tokens_fit_by_the_whole_cache_in_chunks_too(int? chunk, int microBatches)
    {
        var plan = DeploymentPlan.Create(
            TestPlans.Of(TestPlans.Dense, new PhaseStrategy { Chunk = chunk }, batch: 8, prompt: 64, microBatches: microBatches));
        var subject = new PictureSubject(plan, new CheckReport("", []));
        MemoryRow row = Assert.Single(MemoryRow.Of(subject, int.MaxValue));

        long free = plan.Cluster.CapacityBytes - row.Memory.TotalBytes;
        Assert.Equal(free / ModelSize.KvCacheBytesPerToken(plan.Model), row.MoreTokens(plan));
        Assert.Contains(Texts(PictureKind.Memory, subject), text => text.Contains(" of 64 tokens fit", StringComparison.Ordinal));
    }

    /// <summary>Passes are numbered as in the graph, where a chunk is a pass of its own.</summary>
    [Theory]
    [InlineData(null, 1, "8 sequences, a prompt")]
    [InlineData(null, 2, "8 sequences in 2 micro-batches (0-1), one after another, a prompt")]
    [InlineData(40, 1, "8 sequences in 1 micro-batch of 13 chunks (0-12), one after another, a prompt")]
    [InlineData(40, 2, "8 sequences in 2 micro-batches of 7 chunks (0-13), one after another, a prompt")]
    public void An_overview_counts_the_passes_of_the_graph(int? chunk, int microBatches, string expected)
    {
        var plan = DeploymentPlan.Create(
            TestPlans.Of(TestPlans.Dense, new PhaseStrategy { Chunk = chunk }, batch: 8, prompt: 64, microBatches: microBatches));
        Assert.Contains(Texts(PictureKind.Overview, new PictureSubject(plan, new CheckReport("", []))),
            text => text.Contains(expected, StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void A_layer_is_at_most_seven_blocks(int seed)
    {
        DeploymentPlan plan = TestPlans.Random(seed);
        foreach (PhaseLayout layout in plan.Phases)
        {
            foreach (StageColumn column in StageColumn.Of(plan, layout, 5))
            {
                // Kinds that have no room are told in words, without blocks.
                Assert.All(column.Groups, group => Assert.InRange(
                    group.Blocks.Count, group.Heading.StartsWith("other kinds: ", StringComparison.Ordinal) ? 0 : 1, 7));
            }
        }
    }

    [Fact]
    public void The_reference_plan_sends_what_its_numbers_say()
    {
        // 16 layers x 16 groups / 4 stages = 64 layer groups; dispatch and combine of S 10 MiB over 4 ranks: 2 x 3 x 10 MiB each, two
        // thirds of it between nodes.
        Conversation experts = new PictureSubject(Reference).Conversations
            .Single(talk => talk is { Phase.Kind: PhaseKind.Prefill, Axes: "ep" });
        Assert.Equal(64L * 2 * 3 * (10 << 20), (long)experts.WireBytes);
        Assert.Equal((long)experts.WireBytes * 2 / 3, (long)experts.CrossingBytes);
        Assert.Equal((16, 4, true), (experts.Groups, experts.GroupSize, experts.Crosses));
        Assert.Equal([0, 4, 8, 12], experts.Example);
    }

    [Fact]
    public void A_GPU_knows_its_coordinates_and_experts()
    {
        GpuRole role = new PictureSubject(Reference).RolesOf(29).First();
        Assert.Equal((new PhaseId(PhaseKind.Prefill), 2, "ep3 tp1 sp0", "12-15"),
            (role.Phase, role.Stage, role.Coordinates, role.Experts(Reference)!.ToString()));
    }

    [Fact]
    public void Copies_of_experts_lie_on_GPUs_of_the_group_and_share_all_tokens()
    {
        ExpertLoads loads = ExpertLoads.Of(Reference, Reference.PrefillLayout!)!;
        Assert.Equal([0, 4, 8, 12], loads.Gpus);
        Assert.Equal(Enumerable.Range(0, 16), loads.Cells.SelectMany(rank => rank.Select(cell => cell.Expert)));
        Assert.Equal(4 * 5120 * 2, loads.Sums.Sum());
        Assert.Equal(1, loads.Imbalance);
    }

    private static IEnumerable<string> Texts(PictureKind kind, PictureSubject subject) =>
        PlanPictures.Of(kind).Draw(subject).Marks.OfType<TextMark>().Select(mark => mark.Text);
}
