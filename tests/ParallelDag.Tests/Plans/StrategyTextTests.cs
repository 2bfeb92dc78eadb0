using System.Reflection;
using ParallelDag.Collections;
using ParallelDag.Plans;

namespace ParallelDag.Tests.Plans;

/// <summary>A strategy's text is read back as the same strategy, whatever it says.</summary>
public sealed class StrategyTextTests
{
    [Fact]
    public void Every_property_survives()
    {
        foreach (PropertyInfo property in typeof(PhaseStrategy).GetProperties()
            .Where(property => property.SetMethod is not null && property.Name != nameof(PhaseStrategy.Instances)))
        {
            var changed = new PhaseStrategy();
            object? before = property.GetValue(changed);
            property.SetValue(changed, Other(property, before));
            Assert.NotEqual(before, property.GetValue(changed));
            Assert.Equal(changed, StrategyText.Parse(changed.ToString()));

            // The reader, the writer of plan files and the text have one key for it, called as the property is.
            string key = char.ToLowerInvariant(property.Name[0]) + property.Name[1..];
            Assert.Contains(PlanDocument.From(changed).Entries, entry => entry.Key == key);
            Assert.Equal(changed, PlanReader.ReadStrategy(PlanDocument.From(changed)));
            Assert.Contains(key, changed.ToString(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Sets_of_instances_survive()
    {
        var strategy = new PhaseStrategy
        {
            Instances =
            [
                new PhaseStrategy { Tp = 8, Replicas = 3 },
                new PhaseStrategy { Tp = 4, Order = ["tp", "pp", "sp", "ep", "dp"], Batch = 2 }, new PhaseStrategy(),
            ],
        };
        Assert.Equal("tp8 replicas=3 + tp4 batch=2 order=tp,pp,sp,ep,dp + tp1", strategy.ToString());
        Assert.Equal(strategy, StrategyText.Parse(strategy.ToString()));
        Assert.Equal(strategy, PlanReader.ReadStrategy(PlanDocument.From(strategy)));
        Assert.Equal((28 + 1, 3), (strategy.WorldSize, strategy.Instances.Count));
    }

    [Fact]
    public void A_single_set_is_the_phase_itself() => Assert.Equal(
        new PhaseStrategy { Tp = 4, Replicas = 2 },
        PlanReader.ReadStrategy(PlanDocument.Map(("tp", PlanDocument.Number(4)), ("instances", PlanDocument.List(
            [PlanDocument.Map(("replicas", PlanDocument.Number(2)))])))));

    [Fact]
    public void The_first_GPU_of_a_phase_is_that_of_its_first_set() => Assert.Equal(
        [8, null, 30],
        PlanReader.ReadStrategy(PlanDocument.Map(("firstGpu", PlanDocument.Number(8)), ("instances", PlanDocument.List(
            [PlanDocument.Map(("tp", PlanDocument.Number(2))), PlanDocument.Map(("tp", PlanDocument.Number(4))),
                PlanDocument.Map(("firstGpu", PlanDocument.Number(30)))])))).Sets.Select(set => set.FirstGpu));

    [Fact]
    public void Random_strategies_survive()
    {
        for (int seed = 0; seed < 500; seed++)
        {
            var random = new Random(seed);
            string[] order = [.. PhaseStrategy.DefaultOrder];
            random.Shuffle(order);
            var strategy = new PhaseStrategy
            {
                Pp = random.Next(1, 5), Tp =
                    random.Next(1, 9), Sp = random.Next(1, 3), Ep = random.Next(1, 33), Dp = random.Next(1, 5), Etp = random.Next(1, 3),
                AttentionOutput = (AttentionOutput)random.Next(3), ExpertParallel = (ExpertParallelMode)random.Next(2),
                    SpMethod = (SequenceMethod)random.Next(3),
                RedundantExperts = random.Next(3),
                DenseTp = random.Next(2) == 0 ? null : random.Next(1, 9),
                HeadTp = random.Next(2) == 0 ? null : random.Next(1, 9),
                VocabPadding = random.Next(1, 3),
                Dedup = random.Next(2) == 0,
                Dispatch = random.Next(2) == 0 ? null : (ExpertDispatch)random.Next(3),
                Order = random.Next(2) == 0 ? [.. order] : PhaseStrategy.DefaultOrder,
                LayersPerStage = random.Next(2) == 0 ? [.. Enumerable.Range(0, random.Next(1, 4)).Select(_ => random.Next(1, 9))] : null,
                Balance = random.Next(2) == 0,
                Batch = random.Next(2) == 0 ? random.Next(1, 300) : null,
                MicroBatches = random.Next(2) == 0 ? random.Next(1, 9) : null,
                Schedule = (PhaseSchedule)random.Next(2),
                Replicas = random.Next(1, 4),
                Chunk = random.Next(2) == 0 ? random.Next(1, 9000) : null,
                KvParallel = random.Next(1, 4),
                PipelineMessage = (PipelineMessage)random.Next(2),
            };
            Assert.Equal(strategy, StrategyText.Parse(strategy.ToString()));
        }
    }

    [Theory]
    [InlineData("tp1", "tp1")]
    [InlineData("TP2 pp=4", "pp4 tp2")]
    [InlineData("dp8;tp4;ep32;expertParallel=folded", "dp8 ep32 tp4 expertParallel=folded")]
    [InlineData("pp1 layersPerStage=16", "layersPerStage=16")]
    public void Text_is_as_people_write_it(string written, string text) => Assert.Equal(text, StrategyText.Parse(written).ToString());

    [Theory]
    [InlineData("tp", "'tp' is neither an axis")]
    [InlineData("tp2 tp4", "'tp' is given twice")]
    [InlineData("xp2", "xp")]
    [InlineData("attentionOutput=none", "attentionOutput")]
    [InlineData("tp8 +", "one is missing")]
    [InlineData("tp8 + + tp4", "one is missing")]
    [InlineData("tp8 + tp4 tp2", "'tp' is given twice")]
    public void What_is_no_strategy_is_refused(string text, string words) =>
        Assert.Contains(words, Assert.Throws<InputException>(() => StrategyText.Parse(text)).Message, StringComparison.Ordinal);

    private static object Other(PropertyInfo property, object? value) => value switch
    {
        int degree => degree + 1,
        bool flag => !flag,
        Enum name => Enum.GetValues(property.PropertyType).Cast<object>().First(other => !other.Equals(name)),
        null when property.PropertyType == typeof(int?) => 3,
        null when property.PropertyType == typeof(ValueList<int>) => (ValueList<int>)[2, 3],
        null when Nullable.GetUnderlyingType(property.PropertyType) is { IsEnum: true } choices => Enum.GetValues(choices).GetValue(1)!,
        ValueList<string> order => (ValueList<string>)[.. order.Reverse()],
        _ => throw new NotSupportedException($"the test knows no other value of {property.Name}"),
    };
}
