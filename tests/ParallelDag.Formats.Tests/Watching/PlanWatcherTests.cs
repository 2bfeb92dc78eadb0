using ParallelDag.Watching;

namespace ParallelDag.Formats.Tests.Watching;

public sealed class PlanWatcherTests : IDisposable
{
    private const string Plan = """
        name: small
        model: { layers: 2, hidden: 64, heads: 4, ffn: 128, vocab: 1000 }
        cluster: { gpus: 4, gpusPerNode: 4, gpu: H100-SXM-80GB }
        workload: { batch: 2, promptLength: 16, outputLength: 4 }
        prefill: { pp: 2, tp: 2 }
        decode: { pp: 2, tp: 2 }
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("watch").FullName;
    private readonly CancellationTokenSource _stop = new(TimeSpan.FromMinutes(2));

    private string File => Path.Combine(_folder, "plan.yaml");

    public void Dispose()
    {
        Directory.Delete(_folder, recursive: true);
        _stop.Dispose();
    }

    private IEnumerator<PlanUpdate> Watch()
    {
        IEnumerator<PlanUpdate> states = new PlanWatcher(File, "plan.yaml", PlanFile.Load).States(_stop.Token).GetEnumerator();
        Assert.True(states.MoveNext());
        return states;
    }

    private static PlanUpdate Next(IEnumerator<PlanUpdate> states)
    {
        Assert.True(states.MoveNext());
        return states.Current;
    }

    [Fact]
    public void A_save_tells_what_changed_since_the_last_good_state()
    {
        System.IO.File.WriteAllText(File, Plan);
        using IEnumerator<PlanUpdate> states = Watch();
        Assert.Equal((1, PlanState.Good), (states.Current.Number, states.Current.State));
        Assert.Null(states.Current.Comparison);

        System.IO.File.WriteAllText(File, Plan.Replace("hidden: 64", "hidden: x", StringComparison.Ordinal));
        PlanUpdate broken = Next(states);
        Assert.Equal(PlanState.Unreadable, broken.State);
        Assert.StartsWith("plan.yaml:2:", broken.Problems[0], StringComparison.Ordinal);

        System.IO.File.WriteAllText(File, Plan.Replace("decode: { pp: 2, tp: 2 }", "decode: { pp: 1, tp: 4 }", StringComparison.Ordinal));
        PlanUpdate changed = Next(states);
        Assert.Equal(PlanState.Good, changed.State);
        Assert.Contains(changed.Comparison!.Differences, row => row is { Subject: "decode.tp", Reference: "2", Difference: "4" });
    }

    [Fact]
    public void An_editor_may_put_a_new_file_in_the_old_ones_place()
    {
        System.IO.File.WriteAllText(File, Plan);
        using IEnumerator<PlanUpdate> states = Watch();
        string beside = File + "~";
        System.IO.File.WriteAllText(beside, Plan.Replace("batch: 2", "batch: 4", StringComparison.Ordinal));
        System.IO.File.Delete(File);
        Thread.Sleep(300);
        System.IO.File.Move(beside, File);
        PlanUpdate update = Next(states);
        Assert.Equal(PlanState.Good, update.State);
        Assert.Contains(update.Comparison!.Differences, row => row is { Subject: "workload.batch", Difference: "4" });
    }

    [Fact]
    public async Task A_file_that_is_still_being_written_is_waited_for()
    {
        System.IO.File.WriteAllText(File, Plan);
        using IEnumerator<PlanUpdate> states = Watch();
        string text = Plan.Replace("outputLength: 4", "outputLength: 8", StringComparison.Ordinal);
        Task writing = Task.Run(async () =>
        {
            await using FileStream stream = new(File, FileMode.Create, FileAccess.Write, FileShare.ReadWrite);
            foreach (byte[] part in System.Text.Encoding.UTF8.GetBytes(text).Chunk(20))
            {
                await stream.WriteAsync(part);
                await stream.FlushAsync();
                await Task.Delay(15);
            }
        });
        PlanUpdate update = Next(states);
        await writing;
        Assert.Equal(PlanState.Good, update.State);
        Assert.Contains(update.Comparison!.Differences, row => row is { Subject: "workload.outputLength", Difference: "8" });
    }

    [Fact]
    public void A_file_that_goes_away_is_told_and_comes_back()
    {
        System.IO.File.WriteAllText(File, Plan);
        using IEnumerator<PlanUpdate> states = Watch();
        System.IO.File.Delete(File);
        Assert.Equal(PlanState.Unreadable, Next(states).State);
        System.IO.File.WriteAllText(File, Plan);
        PlanUpdate back = Next(states);
        Assert.Equal(PlanState.Good, back.State);
        Assert.True(back.Comparison!.AreEqual);
        Assert.Equal("as before", back.Summary);
    }

    [Fact]
    public void Watching_ends_when_it_is_cancelled()
    {
        System.IO.File.WriteAllText(File, Plan);
        using IEnumerator<PlanUpdate> states = Watch();
        _stop.CancelAfter(TimeSpan.FromMilliseconds(50));
        Assert.False(states.MoveNext());
    }
}
