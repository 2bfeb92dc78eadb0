using System.Diagnostics;
using System.Text.Json;

namespace ParallelDag.Cli.Tests;

/// <summary>explain, impact, migrate, watch.</summary>
public sealed class ReasonTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static JsonElement Json(Finished finished) => JsonDocument.Parse(finished.Succeeded().OutputBytes).RootElement;

    [Fact]
    public void Explain_tells_a_node_in_text_and_JSON()
    {
        Finished text = CommandLine.Run("explain", CommandLine.ReferencePlan, "prefill_l1_attention_sp0_tp0").Succeeded();
        Assert.Contains("= 1 x 52,433,920 / 2 x 4 x 256\n", text.Output, StringComparison.Ordinal);
        JsonElement nodes = Json(CommandLine.Run("explain", CommandLine.ReferencePlan, "prefill_l1_attention_*",
            "--json")).GetProperty("nodes");
        Assert.True(nodes.GetArrayLength() > 4);
        foreach (JsonElement quantity in nodes.EnumerateArray().SelectMany(node => node.GetProperty("quantities").EnumerateArray()))
        {
            decimal sum = quantity.GetProperty("terms").EnumerateArray().Sum(term =>
                term.GetProperty("value").GetDecimal() * term.GetProperty("times").GetInt64());
            decimal value = quantity.GetProperty("value").GetDecimal();
            Assert.True(Math.Abs(sum - value) <= Math.Abs(value) * 1e-9m);
        }
    }

    [Fact]
    public void Explain_names_the_way_out_for_a_node_that_is_none() => Assert.Contains("no node is called 'nothing'", Assert.Single(
        CommandLine.Run("explain", CommandLine.ReferencePlan, "nothing").Refused().ErrorLines), StringComparison.Ordinal);

    [Fact]
    public void Impact_tells_a_loss_or_each_node_in_turn()
    {
        JsonElement impact = Json(CommandLine.Run("impact", CommandLine.ReferencePlan, "--gpu", "5", "--json")).GetProperty("impacts")[0];
        Assert.False(impact.GetProperty("stillServes").GetBoolean());
        Assert.Equal("0-4,6-63", impact.GetProperty("idle").GetString());
        Assert.Equal(8, Json(CommandLine.Run("impact", CommandLine.ReferencePlan, "--json")).GetProperty("impacts").GetArrayLength());
        Assert.Contains("nodes 0 to 7", Assert.Single(
            CommandLine.Run("impact", CommandLine.ReferencePlan, "--node", "8").Refused().ErrorLines), StringComparison.Ordinal);
        Assert.Contains("one of --gpu, --node and --domain", Assert.Single(
            CommandLine.Run("impact", CommandLine.ReferencePlan, "--node", "1", "--gpu", "2").Refused().ErrorLines),
                StringComparison.Ordinal);
    }

    [Fact]
    public void Migrate_counts_what_moves()
    {
        string other = Path.Combine(_folder.Path, "other.yaml");
        File.WriteAllText(other, File.ReadAllText(CommandLine.ReferencePlan)
            .Replace("prefill: {", "prefill: { order: [tp, ep, sp, dp, pp],", StringComparison.Ordinal));
        JsonElement migration = Json(CommandLine.Run("migrate", CommandLine.ReferencePlan, other, "--json"));
        Assert.Equal(0, migration.GetProperty("storageBytes").GetInt64());
        Assert.Equal(
            migration.GetProperty("weightBytes").GetInt64() + migration.GetProperty("cacheBytes").GetInt64(),
            migration.GetProperty("moves").EnumerateArray().Sum(move => move.GetProperty("bytes").GetInt64()));
        Assert.Contains("nothing moves", CommandLine.Run("migrate", other, other).Succeeded().Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Watch_tells_a_save_and_ends_by_itself_or_by_a_signal()
    {
        string plan = Path.Combine(_folder.Path, "plan.yaml");
        File.Copy(CommandLine.ReferencePlan, plan);
        Finished once = CommandLine.Run("watch", plan, "--count", "1").Succeeded();
        Assert.Contains("0 failed", once.Output, StringComparison.Ordinal);
        using Process process = CommandLine.Start(null, null, "dotnet", [CommandLine.Program, "watch", plan]);
        Assert.Contains("plan.yaml", process.StandardOutput.ReadLine()!, StringComparison.Ordinal);
        var clock = Stopwatch.StartNew();
        using Process kill = Process.Start("kill", ["-INT", $"{process.Id}"]);
        process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.Equal(130, process.ExitCode);
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(20));
    }
}
