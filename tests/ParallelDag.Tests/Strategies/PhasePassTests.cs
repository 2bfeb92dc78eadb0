namespace ParallelDag.Tests.Strategies;

public class PhasePassTests
{
    private static readonly WorkloadSpec Workload = new() { Batch = 2, PromptLength = 10_000 };

    [Fact]
    public void A_chunk_gives_each_sequence_its_part_and_the_last_pass_the_rest() => Assert.Equal(
        [new(0, 2, 0, 2048, false), new(0, 2, 2048, 2048, false), new(0, 2, 4096, 2048, false), new(0, 2, 6144, 2048, false),
            new(0, 2, 8192, 1808, true)],
        PhasePass.Of(PhaseKind.Prefill, new PhaseStrategy { Chunk = 4096 }, Workload));

    [Fact]
    public void A_prompt_without_chunks_passes_at_once() => Assert.Equal(
        [new PhasePass(0, 2, 0, 10_000, true)], PhasePass.Of(PhaseKind.Prefill, new PhaseStrategy(), Workload));

    [Fact]
    public void What_a_prefix_cache_held_does_not_pass() => Assert.Equal(
        [new PhasePass(0, 2, 2500, 4000, false), new PhasePass(0, 2, 6500, 3500, true)],
        PhasePass.Of(PhaseKind.Prefill, new PhaseStrategy { Chunk = 8000 }, Workload with { CachedPrompt = 0.25 }));

    [Fact]
    public void Chunks_of_a_micro_batch_follow_one_another_on_all_instances() => Assert.Equal(
        [new(0, 6, 0, 3, false), new(0, 6, 3, 1, true), new(1, 3, 0, 3, false), new(1, 3, 3, 1, true)],
        PhasePass.Of(PhaseKind.Prefill, new PhaseStrategy { Chunk = 6, MicroBatches = 2, Replicas = 3, Batch = 3 },
            Workload with { PromptLength = 4 }));

    [Fact]
    public void Decode_passes_one_token_whatever_was_cached() => Assert.Equal(
        [new PhasePass(0, 2, 0, 1, true)],
        PhasePass.Of(PhaseKind.Decode, new PhaseStrategy(), Workload with { CachedPrompt = 0.5 }));
}
