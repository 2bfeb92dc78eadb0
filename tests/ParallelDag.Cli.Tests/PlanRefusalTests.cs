using System.Globalization;

namespace ParallelDag.Cli.Tests;

/// <summary>
/// Every mistake that a plan can make is refused by every command with its place and what to change, and nothing is written.
/// A case replaces one text of a good plan; <c>«</c> marks where the message must point.
/// </summary>
public sealed class PlanRefusalTests : IDisposable
{
    private const string GoodPlan = """
        name: test
        model:
          layers: 16
          hidden: 512
          heads: 8
          kvHeads: 8
          ffn: 2048
          vocab: 32000
          moe: { experts: 16, topK: 2, ffn: 1024 }
        cluster:
          gpus: 64
          gpu: H100-SXM-80GB
        workload: { batch: 8, promptLength: 64, outputLength: 8, microBatches: 1 }
        prefill: { pp: 2, ep: 4, tp: 2, sp: 2 }
        decode: { pp: 2, ep: 4, tp: 2 }

        """;

    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string, string, string> Mistakes => new()
    {
        // The list of domain.md, section 2.
        { "heads: 8\n  kvHeads: 8", "heads: 2\n  kvHeads: 2\n  headDim: 64|tp: 2, sp|tp: «4, sp",
            "2 heads do not divide evenly over tp 4" },
        { "ffn: 2048", "ffn: 2049|tp: 2, sp|tp: «2, sp", "an FFN of 2049 does not divide evenly over tp 2" },
        { "ffn: 1024", "ffn: 1025|tp: 2, sp|tp: «2, sp", "an expert FFN of 1025 does not divide evenly over tp 2" },
        { "experts: 16", "experts: 3|ep: 4, tp: 2, sp|ep: «4, tp: 2, sp", "ep 4 makes more groups than the 3 experts" },
        { "topK: 2", "topK: 2|ep: 4, tp: 2, sp|redundantExperts: 1, ep: «4, tp: 2, sp",
            "16 experts and 1 redundant ones do not divide evenly over ep 4" },
        { "  moe: { experts: 16, topK: 2, ffn: 1024 }\n", "|ep: 4, tp: 2, sp|ep: «4, tp: 2, sp", "ep 4 needs experts" },
        { "topK: 2", "topK: «17", "17" },
        { "heads: 8\n  kvHeads: 8", "heads: 12\n  headDim: 64\n  kvHeads: 3|tp: 2, sp|tp: «2, sp",
            "3 kvHeads neither divide over tp 2 nor replicate" },
        { "gpus: 64", "gpus: 31|prefill: {|prefill: «{", "prefill needs 32 GPUs (pp 2 * dp 1 * ep 4 * sp 2 * tp 2) but its pool has 31" },
        { "gpu: H100-SXM-80GB", "gpu: H100-SXM-80GB\n  pool: disaggregated|gpus: 64|gpus: 47|decode: {|decode: «{",
            "decode needs 16 GPUs" },
        { "layers: 16", "layers: 1|pp: 2, ep: 4, tp: 2, sp|pp: «2, ep: 4, tp: 2, sp", "pp 2 makes more stages than the model's 1 layers" },
        { "ep: 4, tp: 2, sp: 2", "ep: «3, tp: 2, sp: 2, expertParallel: folded, attentionOutput: reduceScatter",
            "folded: dp*sp*tp = 4 must equal edp*ep*etp" },
        { "tp: 2 }", "tp: 2, sp: «2 }", "sp 2 has no sequence to split" },
        { "batch: 8", "batch: «3", "a batch of 3 is smaller than prefill's microBatches*dp*ep = 4" },
        { "batch: 8", "batch: «3|ep: 4, tp: 2, sp: 2|dp: 4, ep: 4, expertParallel: folded",
            "a batch of 3 is smaller than prefill's microBatches*dp = 4" },
        { "promptLength: 64", "promptLength: 1|sp: 2|sp: «2", "a prompt of 1 tokens is shorter than sp = 2" },
        { "promptLength: 64", "promptLength: 3|sp: 2|sp: «2, attentionOutput: reduceScatter",
            "a prompt of 3 tokens is shorter than sp*tp = 4" },
        { "sp: 2", "sp: 8, spMethod: «ulysses|ep: 4, tp: 2, sp|ep: 1, tp: 2, sp", "ulysses spreads 8 heads over sp*tp = 16" },
        { "ep: 4, tp: 2, sp: 2", "ep: 4, tp: 4, expertParallel: folded, dispatch: «allToAll", "use attentionOutput: reduceScatter" },
        { "ep: 4, tp: 2, sp: 2", "ep: 4, tp: 4, expertParallel: folded, dispatch: «allToAll", "dispatch: none" },
        { "ep: 4, tp: 2, sp: 2", "ep: 4, tp: 2, sp: 2, dispatch: «none", "use dispatch: allToAll or allGather" },
        { "ep: 4, tp: 2, sp: 2", "ep: «4, tp: 2, dp: 2, expertParallel: folded", "dispatch: allGather" },
        { "ep: 4, tp: 2 }", "ep: 4, tp: 4, attentionOutput: «reduceScatter }", "reduceScatter splits a decode batch over tp 4" },

        // Instances unlike one another.
        { "prefill: { pp: 2, ep: 4, tp: 2, sp: 2 }", "prefill: { instances: «[ { tp: 2 }, { tp: 4 } ] }",
            "set cluster.pool to disaggregated" },
        { "prefill: { pp: 2, ep: 4, tp: 2, sp: 2 }", "prefill: { instances: «[] }", "the list is empty" },
        { "prefill: { pp: 2, ep: 4, tp: 2, sp: 2 }", "prefill: { instances: [ { tp: 2 }, { «tpp: 4 } ] }", "did you mean 'pp'?" },

        // Keys and values.
        { "name: test", "name: «a b", "cannot become file names" },
        { "name: test", "name: «../x", "cannot become file names" },
        { "heads: 8\n", "heads: 8\n  «haeds: 8\n", "haeds" },
        { "sp: 2", "sp: 2, «cp: 2", "cp" },
        { "workload:", "«wrokload:", "wrokload" },
        { "layers: 16", "layers: «many", "many" },
        { "layers: 16", "layers: «1.5", "1.5" },
        { "layers: 16", "layers: «0", "0 is out of range" },
        { "layers: 16", "layers: «65537", "65537" },
        { "layers: 16", "layers: «99999999999999999999", "99999999999999999999" },
        { "layers: 16", "layers: «-3", "-3" },
        { "gpus: 64", "gpus: «1048577", "1048577" },
        { "gpu: H100-SXM-80GB", "gpu: «H1000", "there is no device profile 'H1000'" },
        { "gpu: H100-SXM-80GB", "gpu: { memory: «80 GX, flops: 1 TFLOPS, memoryBandwidth: 1 TB/s }", "80 GX" },
        { "gpu: H100-SXM-80GB", "gpu: H100-SXM-80GB\n  intraNode: { bandwidth: «450, latency: 2 us }", "450" },
        { "gpu: H100-SXM-80GB", "gpu: H100-SXM-80GB\n  memoryReserve: «150 %", "1.5" },
        { "gpu: H100-SXM-80GB", "gpu: H100-SXM-80GB\n  pool: «shared", "shared" },
        { "sp: 2", "sp: 2, order: «[tp, sp, ep, dp]", "is no order of the axes" },
        { "sp: 2", "sp: 2, layersPerStage: «[8, 9]", "the entries sum to 17" },
        { "sp: 2", "sp: 2, layersPerStage: «[16]", "1 entries for pp 2" },
        { "sp: 2", "sp: 2, attentionOutput: «gather", "gather" },
        { "heads: 8\n", "heads: 8\n  «heads: 8\n", "the key 'heads' is given twice" },
        { "model:\n", "model: «[1]\nrest:\n", "model" },
        { "vocab: 32000", "vocab: 32000\n  dtype: «int4", "int4" },
    };

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Mistakes))]
    public void A_mistake_is_refused_where_it_stands(string old, string change, string words)
    {
        string[] parts = [old, .. change.Split('|')];
        string text = GoodPlan;
        for (int i = 0; i < parts.Length; i += 2)
        {
            Assert.Contains(parts[i], text, StringComparison.Ordinal);
            int place = text.IndexOf(parts[i], StringComparison.Ordinal);
            text = text[..place] + parts[i + 1] + text[(place + parts[i].Length)..];
        }

        int mark = text.IndexOf('«', StringComparison.Ordinal);
        int line = text[..mark].Count(c => c == '\n') + 1, column = mark - text[..mark].LastIndexOf('\n');
        _folder.Write("plan.yaml", text.Remove(mark, 1));

        Finished run = CommandLine.RunIn(_folder.Path, null, "render", "plan.yaml", "-o", "out").Refused();

        string start = string.Create(CultureInfo.InvariantCulture, $"plan.yaml:{line}:{column}: ");
        Assert.Contains(run.ErrorLines,
            problem => problem.StartsWith(start, StringComparison.Ordinal) && problem.Contains(words, StringComparison.Ordinal));
        Assert.Equal(["plan.yaml"], _folder.Files);
        Assert.False(Directory.Exists(_folder["out"]));
    }

    [Fact]
    public void The_plan_that_the_mistakes_start_from_is_good()
    {
        _folder.Write("plan.yaml", GoodPlan);

        CommandLine.RunIn(_folder.Path, null, "export", "plan.yaml", "--format", "none").Succeeded();
    }

    [Fact]
    public void All_mistakes_are_told_at_once()
    {
        _folder.Write("plan.yaml",
            GoodPlan.Replace("layers: 16", "layers: x", StringComparison.Ordinal).Replace("gpus: 64", "gpus: y", StringComparison.Ordinal));

        Finished run = CommandLine.RunIn(_folder.Path, null, "check", "plan.yaml").Refused();

        Assert.Equal(["plan.yaml:3:11:", "plan.yaml:11:9:"], run.ErrorLines.Select(line => line.Split(' ')[0]));
    }

    [Theory]
    [InlineData("", "plan.yaml: the file is empty")]
    [InlineData("[1, 2]", "plan.yaml:1:1: a plan is a mapping")]
    [InlineData("just words", "plan.yaml:1:1: a plan is a mapping")]
    [InlineData("name: x", "plan.yaml:1:1: the plan lacks")]
    [InlineData("a: 'x", "plan.yaml:1:4: not valid YAML")]
    [InlineData("a: \u001b]0;x\u0007", "plan.yaml:1:4: the file holds the control character U+001B")]
    [InlineData("\"a\\nb\\e[31m\": 1", "plan.yaml:1:1: ")]
    public void What_is_no_plan_is_refused(string text, string start)
    {
        _folder.Write("plan.yaml", text);

        Finished run = CommandLine.RunIn(_folder.Path, null, "check", "plan.yaml").Refused();

        Assert.Contains(run.ErrorLines, line => line.StartsWith(start, StringComparison.Ordinal));
        Assert.DoesNotContain('\u001b', run.Error);
        Assert.All(run.ErrorLines, line => Assert.StartsWith("plan.yaml", line, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("render")]
    [InlineData("check")]
    [InlineData("describe")]
    [InlineData("export", "--format", "none")]
    public void Files_that_are_none_are_refused_by_every_command(string command, params string[] options)
    {
        Assert.StartsWith("missing.yaml: there is no such file", Assert.Single(Run("missing.yaml").ErrorLines), StringComparison.Ordinal);
        Assert.StartsWith("missing.json: there is no such file", Assert.Single(Run("missing.json").ErrorLines), StringComparison.Ordinal);
        Assert.StartsWith(".: this is a folder without a config.json; name a file", Assert.Single(Run(".").ErrorLines),
            StringComparison.Ordinal);
        File.WriteAllBytes(_folder["program"], File.ReadAllBytes(CommandLine.Program));
        Assert.StartsWith("program:1:", Assert.Single(Run("program").ErrorLines), StringComparison.Ordinal);

        Finished Run(string file) => CommandLine.RunIn(_folder.Path, null, [command, file, .. options]).Refused();
    }
}
