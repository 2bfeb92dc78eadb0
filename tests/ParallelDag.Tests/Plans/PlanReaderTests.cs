using ParallelDag.Layers;
using ParallelDag.Precisions;
using ParallelDag.Documents;
using ParallelDag.Plans;
using ParallelDag.Tests.Support;

namespace ParallelDag.Tests.Plans;

/// <summary>Binding a document to a plan; every fault with its place.</summary>
public class PlanReaderTests
{
    private const string Good = """
        {"name": "p",
        "model": {"layers": 4, "hidden": 64, "heads": 8, "ffn": 128, "vocab": 100},
        "cluster": {"gpus": 8, "gpu": "H100-SXM-80GB"},
        "workload": {"batch": 4, "promptLength": 16},
        "prefill": {"tp": 2}}
        """;

    private static DeploymentPlan Read(string text) =>
        PlanTexts.Plan(text, "plan.json");

    [Fact]
    public void Absent_keys_have_their_defaults()
    {
        DeploymentPlan plan = Read(Good);
        var attention = Assert.IsType<GroupedAttention>(plan.Model.Layer(1).Mixer);
        Assert.Equal((8, 8, Precision.Bf16), (attention.KvHeads, attention.HeadDim, plan.Model.Precision));
        Assert.Equal((8, PoolKind.Unified, 0.1), (plan.Cluster.GpusPerNode, plan.Cluster.Pool, plan.Cluster.MemoryReserve));
        Assert.Equal((1, 1), (plan.Workload.OutputLength, plan.Workload.MicroBatches));
        Assert.Equal(new PhaseStrategy { Tp = 2 }, plan.Prefill);
        Assert.Null(plan.Decode);
    }

    [Theory]
    [InlineData("\"tp\": 2", "\"tp\": 3", "plan.json:5:19: 8 heads do not divide evenly over tp 3")]
    [InlineData("\"tp\": 2", "\"pt\": 2", "plan.json:5:13: unknown key 'pt' in prefill; did you mean 'pp'?")]
    [InlineData("\"tp\": 2", "\"TP\": 2", "unknown key 'TP' in prefill; did you mean 'tp'?")]
    [InlineData("\"tp\": 2", "\"batxx\": 2", "unknown key 'batxx' in prefill; did you mean 'batch'?")]
    [InlineData("\"tp\": 2", "\"batxxx\": 2", "unknown key 'batxxx' in prefill; known are ")]
    [InlineData("\"tp\": 2", "\"bach\": 2", "unknown key 'bach' in prefill; did you mean 'batch'?")]
    [InlineData("\"tp\": 2", "\"balance\": \"true\"", "prefill.balance must be true or false, not 'true'")]
    [InlineData("\"tp\": 2", "\"balance\": \"false\"", "prefill.balance must be true or false, not 'false'")]
    [InlineData("\"tp\": 2", "\"tp\": 2.5", "plan.json:5:19: prefill.tp must be a whole number, not '2.5'")]
    [InlineData("\"tp\": 2", "\"tp\": \"2\"", "prefill.tp must be a whole number, not '2'")]
    [InlineData("\"tp\": 2", "\"tp\": 99999999999", "prefill.tp is out of range")]
    [InlineData("{\"tp\": 2}", "null", "plan.json:5:12: prefill has no value; give one, or leave the key out")]
    [InlineData("{\"tp\": 2}", "7", "plan.json:5:12: prefill must be a mapping of keys, not '7'")]
    [InlineData("\"heads\": 8", "\"heads\": null", "plan.json:2:47: model.heads has no value")]
    [InlineData("\"heads\": 8, ", "", "plan.json:2:10: model lacks the key 'heads'")]
    [InlineData("H100-SXM-80GB", "H101", "there is no device profile 'H101'; known are A100-SXM-40GB")]
    [InlineData("\"gpu\": \"H100-SXM-80GB\"", "\"gpu\": {\"memory\": \"80\"}",
        "cluster.gpu.memory must be a quantity such as 80 GiB, not '80'")]
    [InlineData("\"batch\": 4", "\"batch\": -4", "plan.json:4:23: -4 is out of range")]
    [InlineData("\"name\": \"p\"", "\"name\": \"../p\"", "plan.json:1:10: '../p' cannot become file names")]
    public void Faults_name_the_key_its_place_and_the_way_out(string good, string bad, string message)
    {
        Assert.Contains(good, Good, StringComparison.Ordinal);
        string text = Good.Replace(good, bad, StringComparison.Ordinal);
        IReadOnlyList<InputProblem> problems = Assert.Throws<InputException>(() => Read(text)).Problems;
        Assert.Contains(problems, problem => problem.ToString().Contains(message, StringComparison.Ordinal));
    }

    [Fact]
    public void All_faults_are_told_at_once() =>
        Assert.Equal(2, Assert.Throws<InputException>(() =>
            Read(Good.Replace("\"layers\": 4", "\"layers\": true", StringComparison.Ordinal)
                .Replace("\"tp\": 2", "\"tp\": []", StringComparison.Ordinal))).Problems.Count);
}
