using ParallelDag.Collections;
using ParallelDag.Formulas;

namespace ParallelDag;

/// <summary>One part of a number: its formula in names and with the plan's numbers filled in.</summary>
/// <param name="Name">What the part is: <c>matrix products</c>, <c>self_attn.q_proj</c>.</param>
/// <param name="Formula">In names: <c>2 x tokens x self_attn.q_proj x inputs</c>.</param>
/// <param name="Numbers">With numbers: <c>2 x 5,120 x 256 x 512</c>.</param>
/// <param name="Value">What comes out, of one GPU or group.</param>
/// <param name="Times">For how many GPUs or groups.</param>
public sealed record ExplainedTerm(string Name, string Formula, string Numbers, decimal Value, long Times)
{
    /// <summary>What the term adds: <see cref="Value"/> times <see cref="Times"/>.</summary>
    public decimal Total => Value * Times;

    /// <summary><c>matrix products: 2 x 3 = 6</c>.</summary>
    public override string ToString() => $"{Name}: {Numbers} = {Value}{(Times == 1 ? "" : $" x {Times}")}";

    internal static ExplainedTerm Of(string name, Term term, long times = 1) =>
        new(name, term.Names, term.Numbers, (decimal)term.Value, times);

    internal static ExplainedTerm OfSeconds(string name, Term term) => new(name, term.Names, term.Numbers, (decimal)term.Number, 1);
}

/// <summary>One number of a node, term by term.</summary>
/// <param name="Name"><c>FLOPs</c>, <c>bytes on the wire</c>, <c>output Q: seq_len</c>.</param>
/// <param name="Unit"><c>FLOP</c>, <c>B</c>, <c>s</c>; empty for sizes of dimensions.</param>
/// <param name="Value">As the node has it.</param>
/// <param name="Terms">The terms, which add up to the value.</param>
/// <param name="Convention">What is counted, and whose habit that is.</param>
/// <param name="Source">Where the formula or its constants come from.</param>
public sealed record ExplainedQuantity(
    string Name, string Unit, decimal Value, IReadOnlyList<ExplainedTerm> Terms, string Convention, string Source)
{
    /// <summary>The terms, which add up to the value.</summary>
    public IReadOnlyList<ExplainedTerm> Terms { get; init; } = Terms.ToValueList();

    /// <summary>What the terms add up to.</summary>
    public decimal Sum => Terms.Sum(term => term.Total);

    /// <summary><c>FLOPs = 1,024 FLOP</c>.</summary>
    public override string ToString() => $"{Name} = {Value}{(Unit.Length > 0 ? " " + Unit : "")}";
}
