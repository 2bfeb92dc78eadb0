using System.Text.Json;

namespace ParallelDag.Cli.Tests;

/// <summary>Traces for simulators, written and checked.</summary>
public sealed class ChakraTests : IDisposable
{
    private const string Plan = """
        name: small
        model: { layers: 2, hidden: 64, heads: 4, ffn: 128, vocab: 1000 }
        cluster: { gpus: 4, gpusPerNode: 8, gpu: H100-SXM-80GB }
        workload: { batch: 4, promptLength: 16, outputLength: 4, microBatches: 2 }
        prefill: { pp: 2, tp: 2 }
        """;

    private static readonly string[] Files =
    [
        "small.0.et", "small.1.et", "small.2.et", "small.3.et",
        "small.groups.json", "small.memory.json", "small.network.yml", "small.system.json",
    ];

    private readonly TemporaryFolder _folder = new();

    public ChakraTests() => _folder.Write("plan.yaml", Plan);

    public void Dispose() => _folder.Dispose();

    private Finished Run(params string[] arguments) => CommandLine.RunIn(_folder.Path, null, arguments);

    private Finished Export(params string[] more) => Run(["export", "plan.yaml", "--format", "chakra", "-o", "out", .. more]);

    [Fact]
    public void A_plan_becomes_a_trace_a_GPU_and_what_ASTRA_sim_reads_beside_them()
    {
        Assert.Equal("wrote 4 traces and 4 more files: out/small.*\n", Export().Succeeded().Output.Replace('\\', '/'));
        Assert.Equal(Files.Select(file => "out/" + file).Append("plan.yaml"), _folder.Files);
        Assert.Equal("070A05302E302E34", Convert.ToHexString(File.ReadAllBytes(_folder["out/small.3.et"])[..8]));
        using var groups = JsonDocument.Parse(File.ReadAllText(_folder["out/small.groups.json"]));
        Assert.Equal("[0, 1]", groups.RootElement.GetProperty("1").ToString());
        using var system = JsonDocument.Parse(File.ReadAllText(_folder["out/small.system.json"]));
        Assert.Equal(989, system.RootElement.GetProperty("peak-perf").GetDouble());
        Assert.Equal("NO_MEMORY_EXPANSION", JsonDocument.Parse(File.ReadAllText(_folder["out/small.memory.json"])).RootElement
            .GetProperty("memory-type").GetString());
    }

    [Fact]
    public void Traces_of_ours_hold_under_every_schedule()
    {
        foreach (string schedule in new[] { "streams", "serial", "free" })
        {
            Export("--schedule", schedule);
            Finished check = Run("check", "out/small.2.et").Succeeded();
            Assert.EndsWith("\nsmall: 8 passed, 0 failed, 0 skipped\n", check.Output, StringComparison.Ordinal);
        }

        Assert.Contains("may stall", Export("--schedule", "free").Error, StringComparison.Ordinal);
        long named = new FileInfo(_folder["out/small.0.et"]).Length;
        Export("--names", "none");
        Assert.InRange(new FileInfo(_folder["out/small.0.et"]).Length, 1, named - 1);
    }

    [Fact]
    public void A_fault_is_named_with_file_node_and_remedy()
    {
        Export();
        File.Delete(_folder["out/small.1.et"]);
        Finished check = Run("check", "out/small.0.et");
        Assert.Equal(1, check.ExitCode);
        Assert.Contains(
            " small.1.et: is not there; a simulator opens a file for each rank from 0; add it\n",
            check.Output, StringComparison.Ordinal);

        using var json = JsonDocument.Parse(Run("check", "out/small.0.et", "--rule", "pd007", "--json").Output);
        JsonElement messages = Assert.Single(json.RootElement.GetProperty("checks").EnumerateArray());
        Assert.Equal("fail", messages.GetProperty("status").GetString());
        Assert.StartsWith("out/small.", messages.GetProperty("nodes")[0].GetString(), StringComparison.Ordinal);
        Assert.Contains(": node ", messages.GetProperty("nodes")[0].GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("sarif", "\"ruleId\":\"ET001\"")]
    [InlineData("junit", "ET001")]
    [InlineData("github", "ET001")]
    public void Faults_are_told_to_other_programs(string format, string words)
    {
        Export();
        File.Delete(_folder["out/small.1.et"]);
        Assert.Contains(words, Run("check", "out/small.0.et", "--format", format).Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Traces_become_a_graph()
    {
        Export();
        using var graph = JsonDocument.Parse(Run("export", "out/small.0.et", "--format", "json").Succeeded().Output);
        Assert.Equal("device", graph.RootElement.GetProperty("detail").GetString());
        Assert.Equal("small", graph.RootElement.GetProperty("name").GetString());
        Assert.Contains(
            graph.RootElement.GetProperty("nodes").EnumerateArray(), node => node.GetProperty("collective").GetString() == "all-reduce");
    }

    [Theory]
    [InlineData("--format chakra is several files; name a folder for them with -o DIR", "export", "plan.yaml", "--format", "chakra")]
    [InlineData("--schedule takes streams, serial or free, not 'overlapped' (see paralleldag export --help)",
        "export", "plan.yaml", "--format", "chakra", "-o", "x", "--schedule", "overlapped")]
    [InlineData("--schedule takes sequential or overlapped, not 'serial' (see paralleldag export --help)",
        "export", "plan.yaml", "--format", "trace", "-o", "x", "--schedule", "serial")]
    [InlineData("--names is for --format chakra, not for dot (see paralleldag export --help)",
        "export", "plan.yaml", "--format", "dot", "--names", "none")]
    [InlineData("--plan is for graphs, not for traces (see paralleldag check --help)", "check", "x.0.et", "--plan", "plan.yaml")]
    [InlineData("--groups is for traces (.et), not for plans and graphs (see paralleldag check --help)",
        "check", "plan.yaml", "--groups", "g")]
    [InlineData("x.0.et: there is no such file; check the path", "check", "x.0.et")]
    [InlineData("there is no rule 'PD008' for traces; the rules are ET001, ET002, ET003, PD001, PD006, PD007, PD012, PD014",
        "check", "plan.0.et", "--rule", "PD008")]
    public void What_makes_no_sense_is_refused(string message, params string[] arguments)
    {
        Assert.Equal(message, Assert.Single(Run(arguments).Refused().ErrorLines));
        Assert.Equal(["plan.yaml"], _folder.Files);
    }

    [Fact]
    public void A_file_in_place_of_the_folder_is_refused()
    {
        _folder.Write("file", "x");
        Finished run = Run("export", "plan.yaml", "--format", "chakra", "-o", "file").Refused();
        Assert.Equal("file: this is a file; name a folder for the output", Assert.Single(run.ErrorLines));
    }

    [Fact]
    public void Damaged_traces_are_refused()
    {
        Export();
        File.WriteAllBytes(_folder["out/small.3.et"], [7, 10, 5, 48, 46, 48, 46, 52, 90, 8]);
        Finished run = Run("check", "out/small.0.et").Refused();
        Assert.Equal(
            "out/small.3.et: this is no Chakra trace, or it is damaged: at byte 9 90 bytes are announced, 1 are left; write "
                + "or copy it again",
            Assert.Single(run.ErrorLines).Replace('\\', '/'));
    }

    [Fact]
    public void Traces_of_a_larger_export_before_are_told()
    {
        Export();
        File.Copy(_folder["out/small.3.et"], _folder["out/small.4.et"]);
        File.Copy(_folder["out/small.3.et"], _folder["out/small.7.et"]);
        Assert.Equal(
            "out: 2 traces of an earlier export (small.4.et to .7.et) lie beside them and do not belong to them; delete them "
                + "before you check the set",
            Assert.Single(Export().ErrorLines));
    }

    /// <summary>One file that cannot be put in place keeps all others from it.</summary>
    [Fact]
    public void All_files_appear_or_none()
    {
        Directory.CreateDirectory(_folder["out/small.memory.json"]);
        Assert.Equal(2, Export().ExitCode);
        Assert.Equal(["plan.yaml"], _folder.Files);
    }
}
