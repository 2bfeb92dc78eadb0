using System.Text;
using ParallelDag.Files;
using ParallelDag.Readers;
using ParallelDag.Simulation;

namespace ParallelDag.Tests.Readers;

public class ScheduleReaderTests
{
    // Two GPUs: a computation on each, a collective, a message while both compute on, and what the receiver does with it.
    private const string Small = """
        {"schedule": "small", "actions": 7, "simulatorNanoseconds": {"twoStreams": 0}}
        {"id":1,"kind":"compute","gpus":[0],"ns":10.5,"deps":[]}
        {"id":2,"kind":"compute","gpus":[1],"ns":20,"deps":[]}
        {"id":3,"kind":"collective","gpus":[0,1],"ns":100,"deps":[1,2]}
        {"id":4,"kind":"message","gpus":[1,0],"ns":50,"deps":[3]}
        {"id":5,"kind":"message","gpus":[1,0],"ns":50,"deps":[3]}
        {"id":6,"kind":"compute","gpus":[0],"ns":30,"deps":[3]}
        {"id":8,"kind":"collective","gpus":[0,1],"ns":7,"deps":[6]}
        """;

    private static Dag Read(string text) =>
        GraphFile.Read(InputFile.Read(new MemoryStream(Encoding.UTF8.GetBytes(text)), "s.jsonl", 1 << 20));

    [Theory]

    // The collective ends at 120, the messages one after the other at 220; the last collective waits for both streams.
    [InlineData(StreamAssignment.Four, 220)] // On other streams than the messages: 157; they end at 220.
    [InlineData(StreamAssignment.Two, 227)] // GPU 1 sends until 220, then 7.
    [InlineData(StreamAssignment.One, 257)] // GPU 0 receives until 220, then 30 and 7.
    public void A_schedule_is_simulated_on_the_streams_that_are_asked_for(StreamAssignment streams, int nanoseconds)
    {
        Dag dag = Read(Small);
        Assert.Equal((7, "0-1", "small"), (dag.NodeCount, dag.Pool!.ToString(), dag.Name));
        SimulationResult result = DagSimulator.Run(dag, new SimulationOptions { Streams = streams });
        Assert.Equal(1000L * nanoseconds, result.MakespanPicoseconds);
        Assert.Equal(10_500, result.Run.FinishOf(0));
        Assert.Equal(120_000, result.Run.FinishOf(2));
    }

    [Fact]
    public void A_message_goes_from_its_first_GPU_to_its_second_whatever_it_waits_for()
    {
        SimulationResult result = DagSimulator.Run(Read("""
            {"schedule": "late"}
            {"id":1,"kind":"compute","gpus":[3],"ns":1,"deps":[]}
            {"id":2,"kind":"message","gpus":[5,3],"ns":1,"deps":[1]}
            """));

        // Lanes are GPUs 3 and 5: send of lane 1, receive of lane 0.
        Assert.Equal([3, 6], result.Run.Actions.StreamsOf(1).ToArray());
    }

    [Theory]
    [InlineData("s.jsonl:1:1: this schedule is empty", "")]
    [InlineData("s.jsonl:1:1: this schedule has no actions", """{"schedule":"x"}""")]
    [InlineData("s.jsonl:1:1: the first line of a schedule has 'schedule'", """{"id":1}""")]
    [InlineData("s.jsonl:1:1: a schedule's name has letters, digits and _ - . only, not '../x'", """{"schedule":"../x"}""")]
    [InlineData("s.jsonl:1:1: the first line announces 2 actions, but 1 action follow", "{\"schedule\":\"x\",\"actions\":2}\n{A,\"ns\":1}")]
    [InlineData("s.jsonl:2:1: a line of a schedule is an object in braces", "{\"schedule\":\"x\"}\n[1]")]
    [InlineData("s.jsonl:2:42: this line is no JSON object", "{\"schedule\":\"x\"}\n{A,\"ns\":NaN}")]
    [InlineData("s.jsonl:2:1: 'ns' is a number of nanoseconds from 0 to 106 days, not -1", "{\"schedule\":\"x\"}\n{A,\"ns\":-1}")]
    [InlineData("s.jsonl:2:1: this action has no 'ns'", "{\"schedule\":\"x\"}\n{A}")]
    [InlineData("s.jsonl:2:1: an action has id, kind, gpus, ns and deps, not 'name'", "{\"schedule\":\"x\"}\n{A,\"ns\":1,\"name\":1}")]
    [InlineData("s.jsonl:3:1: action 1 is there already, on line 2", "{\"schedule\":\"x\"}\n{A,\"ns\":1}\n{A,\"ns\":1}")]
    [InlineData("s.jsonl:2:1: action 1 waits for action 9, which is not there", "{\"schedule\":\"x\"}\n{A,\"ns\":1,\"deps\":[9]}")]
    [InlineData("s.jsonl:2:1: 'deps' is a list in brackets, not 1", "{\"schedule\":\"x\"}\n{A,\"ns\":1,\"deps\":1}")]
    [InlineData("s.jsonl:2:1: 'kind' is compute, collective or message, not \"copy\"", "{\"schedule\":\"x\"}\n{\"kind\":\"copy\"}")]
    [InlineData("s.jsonl:2:1: 'gpus' holds whole numbers from 0 to 1048575, not -1", "{\"schedule\":\"x\"}\n{\"gpus\":[-1]}")]
    [InlineData(
        "s.jsonl:2:1: the GPUs of a message are two", "{\"schedule\":\"x\"}\n{\"id\":1,\"kind\":\"message\",\"gpus\":[1],\"ns\":1}")]
    [InlineData(
        "s.jsonl:2:1: an action names at least one GPU", "{\"schedule\":\"x\"}\n{\"id\":1,\"kind\":\"compute\",\"gpus\":[1,1],\"ns\":1}")]
    public void Faults_have_a_place_and_say_the_way_out(string words, string text)
    {
        InputException fault = Assert.Throws<InputException>(() =>
            Read(text.Replace("{A", """{"id":1,"kind":"compute","gpus":[0]""", StringComparison.Ordinal)));
        Assert.StartsWith(words, fault.Problems.Single().ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Actions_may_wait_for_later_lines()
    {
        Dag dag = Read("""
            {"schedule": "later"}
            {"id":2,"kind":"compute","gpus":[0],"ns":1,"deps":[1]}
            {"id":1,"kind":"compute","gpus":[0],"ns":2,"deps":[]}
            """);
        Assert.Equal(3000, DagSimulator.Run(dag).MakespanPicoseconds);
        Assert.Equal(GraphFileKind.Schedule,
            GraphFile.KindOf(InputFile.Read(new MemoryStream("""{ "schedule": "x"}"""u8.ToArray()), "-", 99)));
    }
}
