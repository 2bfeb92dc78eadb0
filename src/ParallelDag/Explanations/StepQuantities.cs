using System.Runtime.InteropServices;
using ParallelDag.Formulas;
using ParallelDag.Operators;
using ParallelDag.Tensors;
using ParallelDag.Wording;

namespace ParallelDag.Explanations;

/// <summary>The numbers of a node that a step of a program declares.</summary>
internal static class StepQuantities
{
    private const string Semantics = "docs/semantics.md";

    /// <summary>Dimensions, operations, bytes and memory.</summary>
    public static IEnumerable<ExplainedQuantity> Of(NodeStep at, DagNode node)
    {
        foreach (ExplainedQuantity size in Shapes("input", at.Step.Inputs, at.Units[0]).Concat(Shapes("output", at.Step.Outputs,
            at.Units[0])))
            yield return size;
        if (at.Step.Work.Count > 0)
            yield return Flops(at, node);
        yield return Memory(at, node);
        if (at.Step.Traffic is not null)
        {
            yield return Traffic(at, node, "S of a group", (decimal)(node.Bytes ?? 0), traffic => traffic.Size, firstOnly: true,
                "the total array of a gather or scatter, the buffer of one rank of a sum, what one rank sends of an exchange");
            yield return Traffic(at, node, "bytes on the wire", node.WireBytes, traffic => traffic.Wire, firstOnly: false,
                "what members send each other, over all groups: 2(n - 1)S of an All-Reduce, (n - 1)S of gathers, scatters and exchanges");
        }

        yield return Held(at);
    }

    private static IEnumerable<ExplainedQuantity> Shapes(string side, IReadOnlyList<ITensor> tensors, int[] unit)
    {
        foreach (ITensor tensor in tensors)
        {
            TensorShape shape = tensor.LocalShape(unit[0]);
            for (int i = 0; i < shape.Dimensions.Count; i++)
            {
                int index = i, largest = unit.MaxBy(rank => tensor.LocalShape(rank).Dimensions[index].Size ?? 0);
                Dimension dimension = tensor.LocalShape(largest).Dimensions[i];
                Term size = tensor is ShardedTensor sharded ? sharded.LocalSize<Term>(largest, i)
                    : Term.Of(dimension.Size ?? 0, dimension.Name == "tokens" ? "tokens of the fullest expert" : dimension.Name);
                string name = tensor.Name is null ? $"{side}: {dimension.Name}" : $"{side} {tensor.Name}: {dimension.Name}";
                yield return new ExplainedQuantity(name, "", dimension.Size ?? 0, [ExplainedTerm.Of(dimension.Name, size)],
                    $"what one GPU holds; placed {tensor.Layout}", "placements of PyTorch DTensor");
            }
        }
    }

    private static ExplainedQuantity Flops(NodeStep at, DagNode node)
    {
        var terms = new List<ExplainedTerm>();
        foreach (Work work in at.Step.Work)
            AddAlike(terms, at.Units.SelectMany(unit => unit), rank => (work.Title, work.Count<Term>(rank)));
        return new ExplainedQuantity("FLOPs", "FLOP", node.Flops, terms,
            "a multiplication and an addition are two operations; activations, softmax and rotary positions are not counted", Semantics);
    }

    /// <summary>Terms of GPUs that are alike are one.</summary>
    private static void AddAlike(List<ExplainedTerm> terms, IEnumerable<int> ranks, Func<int, (string Name, Term Term)> termOf)
    {
        var known = new Dictionary<(string, string), int>();
        foreach (int rank in ranks)
        {
            (string name, Term term) = termOf(rank);
            ref int index = ref CollectionsMarshal.GetValueRefOrAddDefault(known, (name, term.Numbers), out bool exists);
            if (exists)
            {
                terms[index] = terms[index] with { Times = terms[index].Times + 1 };
                continue;
            }

            index = terms.Count;
            terms.Add(ExplainedTerm.Of(name, term));
        }
    }

    private static ExplainedQuantity Memory(NodeStep at, DagNode node)
    {
        int largest = Largest(at);
        var terms = new List<ExplainedTerm>();
        foreach (PlacedWeight weight in at.Step.Weights)
            terms.Add(ExplainedTerm.Of($"weight {weight.Spec.Module}", weight.Touched<Term>(largest)));
        foreach (ITensor tensor in at.Step.Inputs)
            terms.Add(ExplainedTerm.Of($"input {tensor.Name}".TrimEnd(), tensor.Bytes<Term>(largest)));
        foreach (ITensor tensor in at.Step.Outputs)
            terms.Add(ExplainedTerm.Of($"output {tensor.Name}".TrimEnd(), tensor.Bytes<Term>(largest)));
        return new ExplainedQuantity("bytes through the memory of a GPU", "B", node.HbmBytes, terms,
            "each weight that is touched, each input and each output once; of the GPU that reads most", Semantics);
    }

    private static ExplainedQuantity Held(NodeStep at)
    {
        int largest = Largest(at);
        var terms = new List<ExplainedTerm>();
        foreach (PlacedWeight weight in at.Step.Weights)
            terms.Add(ExplainedTerm.Of($"weight {weight.Spec.Module} in {weight.Format}", weight.Held<Term>(largest)));
        foreach (ITensor tensor in at.Step.Outputs.Where(tensor => !at.Step.IsState(tensor)))
            terms.Add(ExplainedTerm.Of($"activation {tensor.Name}".TrimEnd(), tensor.Bytes<Term>(largest)));
        if (at.Step.Scratch is ITensor scratch)
            terms.Add(ExplainedTerm.Of("while it runs", scratch.Bytes<Term>(largest)));
        decimal value = at.Step.WeightBytes(largest)
            + at.Step.Outputs.Where(tensor => !at.Step.IsState(tensor)).Sum(tensor => tensor.LocalBytes(largest))
            + (at.Step.Scratch?.LocalBytes(largest) ?? 0);
        return new ExplainedQuantity("memory that a GPU needs for it", "B", value, terms,
            "its weights, what it yields until that has been read, and what it holds while it runs", Semantics);
    }

    private static ExplainedQuantity Traffic(NodeStep at, DagNode node, string name, decimal value,
        Func<(Term Size, Term Wire), Term> part, bool firstOnly, string convention)
    {
        var terms = new List<ExplainedTerm>();
        AddAlike(terms, Enumerable.Range(0, firstOnly ? 1 : at.Units.Length), unit =>
            ($"{node.Collective.ToTitle()} of {Words.Count(at.Units[unit].Length, "GPU")}",
                part(at.Step.Traffic!.Count<Term>(at.Units[unit]))));
        return new ExplainedQuantity(name, "B", value, terms, convention, "nccl-tests, doc/PERFORMANCE.md");
    }

    /// <summary>The rank whose bytes a node tells: the first of those whose first input is largest.</summary>
    private static int Largest(NodeStep at)
    {
        int largest = at.Units[0][0];
        foreach (int rank in at.Units.SelectMany(unit => unit))
        {
            if (at.Step.Inputs[0].LocalElements(rank) > at.Step.Inputs[0].LocalElements(largest))
                largest = rank;
        }

        return largest;
    }
}
