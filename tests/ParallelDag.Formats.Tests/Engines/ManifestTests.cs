using System.Diagnostics;
using ParallelDag.Documents;
using ParallelDag.Engines;
using ParallelDag.Formats.Yaml;
using ParallelDag.Wording;
using static ParallelDag.Formats.Tests.Engines.EnginePlans;

namespace ParallelDag.Formats.Tests.Engines;

/// <summary>Manifests against schemas, scripts against the shell.</summary>
public sealed class ManifestTests
{
    private static readonly string[] Plans =
    [
        "examples/gallery/llmd_wide_ep.yaml", "examples/gallery/llama_70b_4p1d.yaml", "examples/gallery/deepseek_open_infra.yaml",
        "examples/gallery/kimi_k2_tp8_pp2_dcp8.yaml", "examples/gallery/qwen3_235b_tp4_dp2_ep8.yaml",
    ];

    public static TheoryData<string, LaunchTarget, string> Manifests => new(
        from plan in Plans
        from target in new[]
        {
            (LaunchTarget.Lws, "leaderworkerset"), (LaunchTarget.DisaggregatedSet, "disaggregatedset"),
            (LaunchTarget.LlmInferenceService, "llminferenceservice"), (LaunchTarget.LlmD, "llm-d-modelservice"),
        }
        where target.Item1 != LaunchTarget.DisaggregatedSet || Array.IndexOf(Plans, plan) < 3
        select (plan, target.Item1, target.Item2));

    [Theory]
    [MemberData(nameof(Manifests))]
    public void Keep_to_the_schema(string plan, LaunchTarget target, string schema)
    {
        foreach (DocumentNode document in Documents(Start(Load(plan), EngineKind.Vllm, target)))
            Assert.Empty(StrictSchema.Faults(schema, document));
    }

    /// <summary>Broken manifests are told: a schema that takes anything would prove nothing.</summary>
    [Theory]
    [InlineData("      size: 2\n", "      sizes: 2\n", "unknown key sizes")]
    [InlineData("  replicas: 1\n", "  replicas: \"1\"\n", "is no integer")]
    [InlineData("kind: LeaderWorkerSet", "kind: LeaderWorkerSets", "none of the words")]
    [InlineData("nvidia.com/gpu: \"8\"", "nvidia.com/gpu: 8", "is no string")]
    [InlineData("                medium: Memory", "                medium: Disk", "none of the words")]
    [InlineData("    workerTemplate:", "    workersTemplate:", "lacks workerTemplate")]
    [InlineData("containerPort: 8000", "containerPort: 80000", "too large")]
    [InlineData("  name: llmd-wide-ep-prefill", "  name: llmd_wide_ep_prefill", "does not match")]
    public void Broken_ones_are_told(string right, string wrong, string fault)
    {
        string text = Start(Load("examples/gallery/llmd_wide_ep.yaml"), EngineKind.Vllm, LaunchTarget.Lws).Files.Single()
            .Text.Split("---\n")[0];
        (right, wrong) = (right.TrimStart(), wrong.TrimStart());
        Assert.Contains(right, text, StringComparison.Ordinal);
        Assert.Contains(StrictSchema.Faults("leaderworkerset", YamlDocument.Read(text.Replace(right, wrong, StringComparison.Ordinal))),
            told => told.Contains(fault, StringComparison.Ordinal));
    }

    [Fact]
    public void A_group_of_pods_is_an_instance()
    {
        DocumentNode[] documents = [.. Documents(
            Start(Load("examples/gallery/deepseek_open_infra.yaml"), EngineKind.Vllm, LaunchTarget.Lws))];
        var decode = (DocumentMap)((DocumentMap)documents[1]).Find("spec")!;
        Assert.Equal("1", ((DocumentScalar)decode.Find("replicas")!).Text);
        var template = (DocumentMap)decode.Find("leaderWorkerTemplate")!;
        Assert.Equal("18", ((DocumentScalar)template.Find("size")!).Text);
        string text = Start(Load("examples/gallery/deepseek_open_infra.yaml"), EngineKind.Vllm, LaunchTarget.Lws).Files.Single().Text;
        Assert.Contains("--data-parallel-start-rank $((LWS_WORKER_INDEX * 8)) --headless --data-parallel-address $LWS_LEADER_ADDRESS",
            text, StringComparison.Ordinal);
    }

    [Fact]
    public void What_a_target_cannot_start_is_refused()
    {
        Assert.Contains("needs", Refused("examples/llama_70b.yaml", EngineKind.Vllm, LaunchTarget.Lws, image: null)
            .Replace("need an", "needs an", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Contains("use lws", Refused("examples/llama_70b.yaml", EngineKind.Vllm, LaunchTarget.DisaggregatedSet),
            StringComparison.Ordinal);
        Assert.Contains("runs vLLM", Refused("examples/llama_70b.yaml", EngineKind.Sglang, LaunchTarget.LlmInferenceService),
            StringComparison.Ordinal);
        Assert.Contains("MPI", Refused("examples/gallery/llmd_wide_ep.yaml", EngineKind.Trtllm, LaunchTarget.Lws),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Dynamo_says_that_it_is_not_validated()
    {
        Launch launch = Start(Load("examples/gallery/llmd_wide_ep.yaml"), EngineKind.Vllm, LaunchTarget.Dynamo);
        Assert.StartsWith("# Not validated against Dynamo's schema.", launch.Files.Single().Text, StringComparison.Ordinal);
        Assert.Contains(launch.Remarks, remark => remark.Problem.Message.Contains("not validated", StringComparison.Ordinal));
    }

    /// <summary>bash reads every script of every example, those inside manifests and batch scripts too.</summary>
    [Fact]
    public void Scripts_are_shell()
    {
        if (OperatingSystem.IsWindows())
            return;
        var scripts = new List<string>();
        foreach (string path in Examples)
        {
            foreach (EngineKind engine in new[] { EngineKind.Vllm, EngineKind.Sglang, EngineKind.Trtllm })
            {
                foreach (LaunchTarget target in new[] { LaunchTarget.Shell, LaunchTarget.Slurm, LaunchTarget.Lws, LaunchTarget.Dynamo })
                {
                    Launch launch;
                    try
                    {
                        launch = Start(Load(path), engine, target);
                    }
                    catch (InputException)
                    {
                        continue;
                    }

                    scripts.AddRange(launch.Files.Where(file => file.Text.StartsWith("#!", StringComparison.Ordinal))
                        .SelectMany(file => Parts(file.Text)));
                    if (target is LaunchTarget.Lws or LaunchTarget.Dynamo)
                        scripts.AddRange(Documents(launch).SelectMany(Blocks));
                }
            }
        }

        Assert.InRange(scripts.Count, 500, 10_000);
        // One file of functions: a script that does not end where it should would not parse.
        string all = string.Concat(scripts.Select((script, index) => Words.Invariant($"f{index}() {{\n{script}\n}}\n")));
        Assert.Equal("", Bash(all));
        Assert.NotEqual("", Bash(all + "f() { echo 'open\n}\n"));
    }

    private static string Refused(string plan, EngineKind engine, LaunchTarget target, string? image = "IMAGE") =>
        Assert.Throws<InputException>(
            () => Launch.Of(Load(plan), new LaunchOptions { Engine = engine, Model = "m", Target = target, Image = image })).Message;

    private static IEnumerable<DocumentNode> Documents(Launch launch) => launch.Files.SelectMany(file => file.Text.Split("\n---\n"))
        .Select(text => YamlDocument.Read(text));

    // A script, and what it hands to nodes in a here-document.
    private static IEnumerable<string> Parts(string script)
    {
        yield return script;
        int start = script.IndexOf("<<'NODE'\n", StringComparison.Ordinal);
        if (start >= 0)
            yield return script[(start + 9)..script.IndexOf("\nNODE\n", StringComparison.Ordinal)];
    }

    private static IEnumerable<string> Blocks(DocumentNode node) => node switch
    {
        DocumentMap map => map.Entries.SelectMany(entry => Blocks(entry.Value)),
        DocumentList list => list.Items.SelectMany(Blocks),
        DocumentScalar scalar when scalar.Text.Contains("exec ", StringComparison.Ordinal) => [scalar.Text],
        _ => [],
    };

    private static string Bash(string text)
    {
        using var process = Process.Start(
            new ProcessStartInfo("bash", ["-n"]) { RedirectStandardInput = true, RedirectStandardError = true })!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        process.StandardInput.Write(text);
        process.StandardInput.Close();
        process.WaitForExit();
        return error.Result;
    }
}
