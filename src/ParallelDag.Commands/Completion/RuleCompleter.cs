namespace ParallelDag.Commands.Completion;

/// <summary>The identifiers of the rules, with what each demands.</summary>
public sealed class RuleCompleter : NameCompleter
{
    private protected override IEnumerable<Offer> Names(CompletionRequest request) =>
        CheckRule.All.Select(rule => new Offer(rule.Id, rule.Title));
}
