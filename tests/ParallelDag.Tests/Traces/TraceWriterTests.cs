using System.Text.Json;
using ParallelDag.Graphs;
using ParallelDag.Lowering;
using ParallelDag.Simulation;
using ParallelDag.Tests.Support;
using ParallelDag.Traces;

namespace ParallelDag.Tests.Traces;

/// <summary>Traces obey the importer, and say what the simulation says.</summary>
public class TraceWriterTests
{
    public static TheoryData<int> Seeds => [.. Enumerable.Range(0, 20)];

    private static SimulationResult Reference(SimulationOptions? options = null) =>
        DagSimulator.Run(DagGenerator.Generate(DeploymentPlan.Create(TestPlans.Reference), DetailLevel.Device), options);

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Random_plans_obey_the_importers_rules(int seed)
    {
        foreach (DetailLevel detail in new[] { DetailLevel.Operator, DetailLevel.Device })
        {
            foreach (StreamSchedule schedule in Enum.GetValues<StreamSchedule>())
            {
                Dag dag = DagGenerator.Generate(TestPlans.Random(seed), detail);
                TraceRules.Assert(TraceWriter.ToText(DagSimulator.Run(dag, new SimulationOptions { Schedule = schedule })));
            }
        }
    }

    [Theory]
    [InlineData(StreamAssignment.One)]
    [InlineData(StreamAssignment.Two)]
    [InlineData(StreamAssignment.Four)]
    public void The_reference_plan_obeys_them_under_every_assignment(StreamAssignment streams) =>
        TraceRules.Assert(TraceWriter.ToText(Reference(new SimulationOptions { Streams = streams })));

    [Fact]
    public void Every_node_is_a_slice_on_each_stream_that_it_occupies()
    {
        SimulationResult result = Reference();
        List<JsonElement> events = TraceRules.Assert(TraceWriter.ToText(result));
        int last = events.Where(item => item.GetProperty("ph").GetString() == "M").Max(item => item.GetProperty("pid").GetInt32());
        var slices = events.Where(item => item.GetProperty("ph").GetString() == "X")
            .ToLookup(item => item.GetProperty("pid").GetInt32() >= last - 1);
        int expected = result.GetDag().Nodes.Sum(node => node.Kind is NodeKind.Input or NodeKind.Output ? 0
            : node.Collective == CollectiveKind.SendRecv ? 2 : node.Gpus!.Count);
        Assert.Equal(expected, slices[false].Count(item => item.GetProperty("args").TryGetProperty("node", out _)));
        Assert.Equal(result.CriticalPath.Count, slices[true].Count(item => item.GetProperty("pid").GetInt32() == last));
        Assert.Equal(8, slices[true].Count(item => item.GetProperty("pid").GetInt32() == last - 1));
        Assert.Contains(events, item => item.GetProperty("name").GetString() == "process_name"
            && item.GetProperty("args").GetProperty("name").GetString() == "GPU 17 - stage 2, tp 1, sp 0, ep 0");
    }

    [Fact]
    public void The_critical_path_fills_the_makespan()
    {
        SimulationResult result = Reference();
        List<JsonElement> events = TraceRules.Assert(TraceWriter.ToText(result));
        int path = events.Max(item => item.GetProperty("pid").GetInt32());
        long now = 0;
        foreach (JsonElement item in events.Where(item =>
            item.GetProperty("pid").GetInt32() == path && item.GetProperty("ph").GetString() == "X"))
        {
            Assert.Equal(now, TraceRules.Nanoseconds(item.GetProperty("ts")));
            now += TraceRules.Nanoseconds(item.GetProperty("dur"));
        }

        Assert.Equal(result.MakespanPicoseconds / 1000, now);
    }

    [Fact]
    public void GPUs_stages_and_layers_can_be_chosen()
    {
        SimulationResult result = Reference();
        List<JsonElement> events =
            TraceRules.Assert(TraceWriter.ToText(result, new TraceOptions { Gpus = GpuSet.Parse("4-5"), Layers = (2, 3) }));
        string[] shown = [.. events.Where(item => item.GetProperty("ph").GetString() == "X" && item.GetProperty("pid").GetInt32() <= 64)
            .Select(item => item.GetProperty("pid").GetInt32() + item.GetProperty("name").GetString()![^3..])
            .Distinct().Order(StringComparer.Ordinal)];
        Assert.Equal(["5 L2", "5 L3", "6 L2", "6 L3"], shown);
        InputException nothing = Assert.Throws<InputException>(() => TraceWriter.ToText(result, new TraceOptions { Stage = 5 }));
        Assert.Contains("would be empty", nothing.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_large_trace_shows_one_GPU_of_each_stage_and_says_so()
    {
        SimulationResult result = Reference();
        using var stream = new MemoryStream();
        string? note = TraceWriter.Write(result, stream, new TraceOptions { Limit = 1000 });
        Assert.Equal("the trace shows 4 GPUs of 64, one of each stage (0,16,32,48), because all would be 6,600 slices", note);
        List<JsonElement> events = TraceRules.Assert(System.Text.Encoding.UTF8.GetString(stream.ToArray()));
        Assert.Equal(
            [1, 17, 33, 49],
            events.Select(item => item.GetProperty("pid").GetInt32()).Distinct().Where(process => process <= 64).Order());
        Assert.Null(TraceWriter.Write(result, Stream.Null, new TraceOptions { Limit = 1000, Gpus = GpuSet.Range(0, 3) }));
        Assert.Null(TraceWriter.Write(result, Stream.Null, new TraceOptions { Limit = long.MaxValue }));
        TraceOptions[] small = [new() { Limit = 1000, Gpus = GpuSet.Range(0, 63) }, new() { Limit = 10 }];
        foreach (TraceOptions options in small)
        {
            InputException tooLarge = Assert.Throws<InputException>(() => TraceWriter.Write(result, Stream.Null, options));
            Assert.Contains($"a browser copes with {options.Limit:N0}; ask for fewer GPUs", tooLarge.Message, StringComparison.Ordinal);
        }
    }
}
