using ParallelDag.Accounting;
using ParallelDag.Layers;
using ParallelDag.Operators;
using ParallelDag.Plans;
using ParallelDag.Search;
using ParallelDag.Tests.Support;

namespace ParallelDag.Tests.Search;

public class ChunkMemoryTests
{
    /// <summary>The program of the shortest chunk tells of longer ones what their own programs keep alive.</summary>
    [Fact]
    public void Longer_chunks_keep_alive_what_their_programs_do()
    {
        int windows = 0, experts = 0, whole = 0;
        for (int seed = 0; seed < 200; seed++)
        {
            var random = new Random(seed);
            ModelSpec model = RandomModels.Draw(random);
            int prompt = random.Next(40, 400), tp = random.Next(1, 3), shortest = 8 * random.Next(1, 5);
            var strategy = new PhaseStrategy
            {
                Tp = tp, Ep = model.Experts is { ExpertCount: int count } && count % 2 == 0 ? 2 : 1,
                AttentionOutput = random.Next(3) == 0 ? AttentionOutput.ReduceScatter : AttentionOutput.AllReduce,
            };
            if (model.LayerKinds.Any(kind => (kind.Mixer?.Refusals(PhaseKind.Prefill, strategy).Any() ?? false)
                || (kind.FeedForward?.Refusals(PhaseKind.Prefill, strategy).Any() ?? false)))
                continue;
            int[] chunks =
            [
                .. new[] { 1, 2, 3, 5 }.Select(times => times * shortest).Where(chunk => chunk < prompt),
                .. prompt % 3 == 0 ? [prompt] : (int[])[],
            ];
            var workload = new WorkloadSpec { Batch = 1, PromptLength = prompt, OutputLength = 4 };
            ChunkMemory memory = ChunkMemory.Of(model, Pass(chunks[0]), chunks);
            foreach (int chunk in chunks)
            {
                PhaseSections sections = Pass(chunk);
                double own = Enumerable.Range(0, sections.Context.Mesh.Size).Max(rank => sections.Kinds.Append(sections.Entry)
                    .Append(sections.Exit).Max(program => LiveActivations.Peak(program, rank)));

                // Tokens are dealt out whole: an expert, or a rank that splits a sequence with others, may have one more than its share.
                double slack = model.Experts is not null ? own * .15
                    : strategy.AttentionOutput == AttentionOutput.ReduceScatter ? own * .02 : 0;
                double told = memory.Activations(chunk);
                Assert.True(Math.Abs(told - own) <= slack + 1,
                    $"seed {seed}: a chunk of {chunk} of {prompt} keeps {own}, not {told}: {model}");
            }

            experts += model.Experts is null ? 0 : 1;
            whole += chunks[^1] == prompt ? 1 : 0;
            windows += model.LayerKinds.Any(kind => kind.Mixer?.CachedPositions(prompt) is > 0 and long seen && seen < prompt) ? 1 : 0;

            PhaseSections Pass(int chunk) =>
                new(model, workload, PhaseKind.Prefill, strategy, strategy.DataParts, (prompt - chunk, chunk));
        }

        Assert.True(windows > 10 && experts > 20 && whole > 10, $"{windows} with windows, {experts} with experts, {whole} whole prompts");
    }
}
