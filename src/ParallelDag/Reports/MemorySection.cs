using System.Globalization;
using ParallelDag.Graphs;
using ParallelDag.Units;
using ParallelDag.Wording;

namespace ParallelDag.Reports;

/// <summary>
/// Memory dimensions: what enters, what one GPU of it holds after each split, and how full the fullest GPU of each stage is.
/// </summary>
internal static class MemorySection
{
    private const int MostRows = 128;

    public static void Write(Page page, GraphTally tally, PlanDescription? description)
    {
        page.Section("Memory dimensions", "PD013");
        page.Bullets(tally.Of(Ops.Input).Select(count => $"{Phase(count)}input {Markdown.Code(count.First.Output.ToString())}")
            .Concat(WholeHidden(tally))
            .Concat(tally.Of(Ops.Embedding)
                .Select(count => $"{Phase(count)}hidden states on one GPU {Markdown.Code(count.First.Output.ToString())}"))
            .Concat(tally.Dag.Phases.SelectMany(phase => Factors(phase).Select(text => $"{phase.Phase.ToTitle()}: {text}"))));
        if (description is not null)
        {
            ModelDescription model = description.Model;
            page.Bullets([
                Words.Invariant($"Parameters: {model.TotalParameters:N0} ({Quantity.FormatCount(model.TotalParameters)}), "
                    + $"{model.ActiveParameters:N0} of them active for a token"),
                Words.Invariant($"KV cache: {model.KvCacheBytesPerToken:N0} bytes per token over all layers"),
            ]);
        }

        page.Table(
            ["phase", "stage", "weights", "KV cache", "activations", "the GPU over all phases", "capacity", "fits"],
            (tally.Dag.Header.Memory ?? []).Select(memory => new[]
            {
                memory.Phase.ToName(), memory.Stage.ToString(CultureInfo.InvariantCulture), Quantity.FormatBytes(memory.WeightBytes),
                Quantity.FormatBytes(memory.KvCacheBytes),
                Quantity.FormatBytes(memory.ActivationBytes), Quantity.FormatBytes(memory.UnionBytes),
                Quantity.FormatBytes(memory.CapacityBytes), Page.Mark(memory.Fits ? CheckStatus.Pass : CheckStatus.Fail),
            }),
            MostRows);
        if (description is not null)
        {
            foreach (PhaseDescription phase in description.Phases)
                Terms(page, phase);
        }

        page.Evidence("PD013");
    }

    /// <summary>
    /// The hidden states of the whole input, before anything divides them: token ids of the input, hidden of the embedding.
    /// </summary>
    private static IEnumerable<string> WholeHidden(GraphTally tally)
    {
        foreach (OperatorCount input in tally.Of(Ops.Input))
        {
            Dimension? hidden = tally.Of(Ops.Embedding).Where(count => count.Phase == input.Phase && count.First.Output.IsParsed)
                .SelectMany(count => count.First.Output.Tensors[0].Shape.Dimensions)
                .FirstOrDefault(dimension => dimension.Name == "hidden");
            if (hidden is { Name: not null } width && input.First.Output is { IsParsed: true, Tensors: [var ids] })
            {
                string whole = TensorList.Single([.. ids.Shape.Dimensions, width]).ToString();
                yield return $"{Phase(input)}hidden states of the whole input {Markdown.Code(whole)}";
            }
        }
    }

    /// <summary>Every term with what divides it; both columns of bytes add up.</summary>
    private static void Terms(Page page, PhaseDescription phase)
    {
        page.Line($"{phase.Layout.Id.ToTitle()}, term by term: once, divided by the axes that split it, copied by those that do not.");
        page.Table(
            ["term", "once", "divided by", "on the fullest GPU", "over all GPUs", "copies"],
            phase.MemoryTerms.Select(term => new[]
            {
                term.Modules.Length == 0
                    ? term.Name
                    : $"{term.Name} ({Markdown.Text(term.Modules)})", term.WholeBytes == 0 ? ""
                    : Page.Bytes(term.WholeBytes), term.DividedBy, Page.Bytes(term.FullestGpuBytes),
                Page.Bytes(term.AllGpusBytes), term.Copies is double copies ? Words.Invariant($"{copies:0.##}") : "",
            }).Append(
            [
                "**sum**", "", "", Page.Bytes(phase.MemoryTerms.Sum(term => term.FullestGpuBytes)),
                Page.Bytes(phase.MemoryTerms.Sum(term => term.AllGpusBytes)), "",
            ]));
    }

    private static string Phase(OperatorCount count) => count.Phase is PhaseId phase ? phase.ToTitle() + ": " : "";

    private static IEnumerable<string> Factors(DagPhase phase)
    {
        string Factor(string axis) => phase.Axes.GetValueOrDefault(axis, 1).ToString(CultureInfo.InvariantCulture);
        if (phase.Axes.GetValueOrDefault("sp", 1) > 1)
            yield return $"sequence (context) parallelism divides the sequence by {Factor("sp")}";
        if (phase.Axes.GetValueOrDefault("tp", 1) > 1)
            yield return $"tensor parallelism divides heads and FFN width by {Factor("tp")}";
        if (phase.Axes.GetValueOrDefault("ep", 1) > 1)
            yield return $"expert parallelism divides the experts by {Factor("ep")}";
    }
}
