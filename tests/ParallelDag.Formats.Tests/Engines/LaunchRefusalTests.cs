using ParallelDag.Engines;
using static ParallelDag.Formats.Tests.Engines.EnginePlans;

namespace ParallelDag.Formats.Tests.Engines;

/// <summary>What an engine cannot run, at the plan's own key, and what it runs differently.</summary>
public sealed class LaunchRefusalTests
{
    [Fact]
    public void The_reference_plan()
    {
        DeploymentPlan plan = Load("examples/llm_parallel.yaml");
        Assert.Equal(
            [
                "examples/llm_parallel.yaml:22:36: vLLM runs prefill and decode of one instance with one strategy; they differ in sp (2, "
                    + "1): make them alike or set pool: disaggregated",
                "examples/llm_parallel.yaml:21:23: vLLM's experts are whole or split over all of TP x DP; expertParallel: dedicated "
                    + "splits each over tp=2 within ep=4: use expertParallel: folded",
                "examples/llm_parallel.yaml:21:37: PCP does not support data parallelism yet",
            ],
            Refusals(plan, EngineKind.Vllm));
        Assert.Contains("examples/llm_parallel.yaml:21:37: experts are replicated over sp=2; SGLang allows that only as --moe-dp-size "
            + "with pp=1", Refusals(plan, EngineKind.Sglang));
        Assert.Contains(
            "examples/llm_parallel.yaml:21:30: attention is tensor parallel or data parallel over all 8 ranks; the plan has tp=2 and dp=4",
                Refusals(plan, EngineKind.Trtllm));
    }

    [Theory]
    [InlineData(EngineKind.Trtllm, "prefill: { tp: 4, dp: 8, ep: 8, etp: 4, expertParallel: folded, attentionOutput: reduceScatter }",
        "5:16: attention is tensor parallel or data parallel over all 32 ranks; the plan has tp=4 and dp=8")]
    [InlineData(EngineKind.Vllm, "prefill: { tp: 8, ep: 4, etp: 2, expertParallel: folded, dispatch: none }",
        "5:23: with expert parallelism vLLM spreads whole experts over all 8 ranks (ep=8); the plan has ep=4, etp=2")]
    [InlineData(EngineKind.Vllm, "prefill: { tp: 2, dp: 4, ep: 1, etp: 2, expertParallel: folded }",
        "5:38: without expert parallelism vLLM splits each expert over all 8 ranks (etp=8); the plan has ep=1, etp=2")]
    [InlineData(EngineKind.Vllm, "prefill: { sp: 2, dp: 4, ep: 8, expertParallel: folded }",
        "5:16: PCP does not support data parallelism yet")]
    [InlineData(EngineKind.Vllm, "prefill: { dp: 4, pp: 2, ep: 4, expertParallel: folded }",
        "5:23: vLLM numbers ranks tp, sp, pp, dp: set order: [tp, sp, ep, pp, dp], or stage 2 is on other GPUs than the picture shows")]
    [InlineData(EngineKind.Sglang, "prefill: { dp: 4, pp: 2 }",
        "5:23: SGLang runs the 4 data-parallel copies as instances, each on GPUs in a row: set order: [tp, sp, ep, pp, dp], or stage 2 is "
            + "on other GPUs than the picture shows")]
    [InlineData(EngineKind.Sglang, "prefill: { dp: 4, pp: 2, ep: 4, expertParallel: folded, order: [tp, sp, ep, pp, dp] }",
        "5:64: SGLang numbers ranks tp, sp, dp, pp: set order: [tp, sp, ep, dp, pp], or stage 2 is on other GPUs than the picture shows")]
    [InlineData(EngineKind.Sglang, "prefill: { tp: 8, ep: 2, etp: 2, expertParallel: folded, dispatch: none }",
        "5:23: SGLang spreads experts over all 8 ranks of a stage (ep*etp=8); the plan has ep=2, etp=2")]
    [InlineData(EngineKind.Vllm, "prefill: { tp: 4, pp: 3 }",
        "3:10: vLLM takes as many GPUs of each node; an instance of prefill lies on nodes as 8 and 4: ")]
    [InlineData(EngineKind.Vllm, "prefill: { tp: 8, denseTp: 1 }",
        "5:28: vLLM splits dense FFNs over tp=8; the plan has denseTp=1: leave the key out")]
    [InlineData(EngineKind.Sglang, "prefill: { tp: 8, headTp: 1 }", "5:27: SGLang splits the LM head over tp=8; the plan has headTp=1")]
    [InlineData(EngineKind.Trtllm, "prefill: { tp: 8 }\ndecode: { tp: 8, kvParallel: 2 }",
        "6:30: TensorRT-LLM splits a cache by token over ranks of their own, not over those of tp; the plan has kvParallel=2")]
    [InlineData(EngineKind.Vllm, "prefill: { tp: 8 }\ndecode: { tp: 4, dp: 2 }",
        "6:22: vLLM runs prefill and decode of one instance with one strategy; they differ in dp (1, 2), tp (8, 4): make them alike or "
            + "set pool: disaggregated")]
    public void Is_refused_at_its_key(EngineKind engine, string phases, string message)
    {
        string model = phases.Contains("kvParallel", StringComparison.Ordinal) || phases.Contains("denseTp", StringComparison.Ordinal)
            ? "deepseek-r1" : "mixtral-8x7b";
        Assert.Contains(Refusals(Read(Text(phases, model)), engine), refusal =>
            refusal.StartsWith($"plan.yaml:{message}", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(EngineKind.Trtllm, "prefill: { tp: 8, ep: 4, etp: 2, expertParallel: folded, dispatch: none }",
        "5:31: TensorRT-LLM counts ep inside etp: expert group 0 is GPUs 0,2,4,6 in the plan and 0-3 there")]
    [InlineData(EngineKind.Vllm, "prefill: { tp: 8, attentionOutput: allGather }",
        "5:36: vLLM uses all-reduce (or reduce-scatter with sequence-parallel MoE); the picture's collectives differ, the placement does "
            + "not")]
    [InlineData(EngineKind.Sglang, "prefill: { sp: 2, tp: 4, spMethod: ring }",
        "5:36: SGLang gathers K and V (SGLang: in zig-zag order); it has no ring")]
    [InlineData(EngineKind.Trtllm, "prefill: { dp: 8, ep: 8, expertParallel: folded, dedup: true }",
        "5:57: TensorRT-LLM sends a token once to each of its experts here; leave dedup out")]
    [InlineData(EngineKind.Vllm, "prefill: { tp: 4, pp: 2 }",
        "5:23: vLLM sends a part from each tp rank and gathers them; pipelineMessage: scattered draws that")]
    [InlineData(EngineKind.Vllm, "prefill: { tp: 8, microBatches: 2 }",
        "5:33: vLLM passes a batch in one piece; the plan draws 2 micro-batches")]
    [InlineData(EngineKind.Sglang, "prefill: { dp: 8, ep: 4, etp: 2, expertParallel: folded, headTp: 8 }",
        "5:31: SGLang's all-to-all needs ep=8; with ep=4 it gathers tokens, which dispatch: allGather draws")]
    [InlineData(EngineKind.Vllm, "prefill: { tp: 8, batch: 1 }\ndecode: { tp: 8 }",
        "5:26: vLLM takes prompts by tokens, not by count: prefill's batch of 1 is not kept; chunk says how many tokens a pass takes")]
    public void Is_warned_about_at_its_key(EngineKind engine, string phases, string message)
    {
        Launch launch = Start(Read(Text(phases)), engine);
        string warning = $"plan.yaml:{message[..(message.IndexOf(' ', StringComparison.Ordinal) + 1)]}warning: "
            + $"{message[(message.IndexOf(' ', StringComparison.Ordinal) + 1)..]}";
        Assert.Contains(warning, launch.Remarks.Select(remark => remark.ToString()));
    }

    [Fact]
    public void A_plan_made_of_parts_names_the_key()
    {
        DeploymentPlan plan = DeploymentPlan.Create(Load("examples/llm_parallel.yaml").Spec);
        Assert.Contains("decode.sp: vLLM runs prefill", Refusals(plan, EngineKind.Vllm)[0], StringComparison.Ordinal);
    }

    [Fact]
    public void Megatron_serves_nothing() =>
        Assert.Contains("without a server", Refusals(Load("examples/llama_70b.yaml"), EngineKind.Megatron)[0], StringComparison.Ordinal);
}
